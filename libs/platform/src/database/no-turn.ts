/**
 * How long, in milliseconds, a request waits for its turn at the database: in the group that is next to be written, for a
 * free connection, or, with a batch, for those of others to be created. Whoever asks for more than the database can take
 * is to be told so within a second; and 200 reads at once, by a test on a busy machine, took more than 0.4 s.
 */
export const PATIENCE_MS = 600;

/** The database was busy with others for too long. Of what waited, nothing was sent to it. */
export class NoTurn extends Error {
  override readonly name = 'NoTurn';

  constructor() {
    super(`There was no turn at the database within ${PATIENCE_MS} ms.`);
  }
}
