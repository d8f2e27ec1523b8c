import type { Contender } from '../contenders/contender.ts';
import { measureDrain } from './drain.ts';
import type { Database, Server } from './server.ts';

const WARM_UP_TASKS = 1_000;
/** More would take hours to drain: what is beyond is copied from those. */
export const MOST_DRAINED = 1_000_000;

/**
 * Databases that every run begins as a copy of: migrating, and a million finished tasks, are paid for once. Making one
 * runs its contender a first time, unmeasured.
 */
export class Templates {
  readonly #server: Server;
  readonly #made = new Map<string, Promise<Database>>();

  constructor(server: Server) {
    this.#server = server;
  }

  /** @param finished tasks that the contender has really drained there, up to a million, so that the tables are as it leaves them */
  async copy(contender: Contender, finished = 0): Promise<Database> {
    const name = `${contender.name} ${finished}`;
    const made = this.#made.get(name) ?? this.#make(contender, finished);
    this.#made.set(name, made);
    return this.#server.createDatabase(await made);
  }

  async #make(contender: Contender, finished: number): Promise<Database> {
    const database = await this.#server.createDatabase();
    await contender.migrate(database.url);
    const drained = finished > 0 ? database : await this.#server.createDatabase(database);
    const tasks = Math.min(finished, MOST_DRAINED) || WARM_UP_TASKS;
    await measureDrain(this.#server, contender, drained, { tasks, processes: 1 });
    if (finished > tasks) await contender.copyFinished?.(database.url, finished - tasks);
    if (drained !== database) await drained.drop();
    return database;
  }
}
