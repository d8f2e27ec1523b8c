/**
 * How long, in milliseconds, a request waits for its turn at the database: in the group that is next to be written, or for
 * a free connection. Whoever asks for more than the database can take is to be told so within a second; and 200 reads at
 * once, by a test on a busy machine, took more than 0.4 s.
 */
export const PATIENCE_MS = 600;

/** The database was busy with others for too long. Of what waited, nothing was sent to it. */
export class NoTurn extends Error {
  override readonly name = 'NoTurn';

  constructor() {
    super(`The database had no time within ${PATIENCE_MS} ms.`);
  }
}
