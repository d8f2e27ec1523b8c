import type { Residue } from '../checker/history.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { openFiles, residentMb } from './process-figures.ts';

const EVERY_MS = 1_000;
/** A pool of ten, heartbeats, hints, and one that is just being replaced. */
const MOST_CONNECTIONS = 13;
/** Beyond those: connections of callers and between the planes, kept alive, and the runtime's own. */
const MOST_OTHER_FILES = 250;

/** Of one process in MB: at full drain it peaks at 230, and Node gives back late. */
const MOST_MEMORY_MB = 350;

const IDLE_IN_TRANSACTION = `
  SELECT coalesce(max(extract(epoch FROM clock_timestamp() - state_change)), 0)::float8 * 1000 AS ms
  FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'`;

/** Watches, while a run lasts, what it must not leave behind. */
export class ResidueWatch {
  readonly #cluster: Cluster;
  readonly #timer: NodeJS.Timeout;
  #longestIdleMs = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
  }

  /** To be called once all is quiet again. */
  async end(): Promise<Residue> {
    clearInterval(this.#timer);
    await this.#look();
    return { longestIdleTransactionMs: this.#longestIdleMs, leaks: this.#cluster.members.flatMap(leaksOf) };
  }

  async #look(): Promise<void> {
    const rows = await this.#cluster.store.query<{ ms: number }>('dtp', IDLE_IN_TRANSACTION).catch(() => []);
    this.#longestIdleMs = Math.max(this.#longestIdleMs, ...rows.map(({ ms }) => ms));
  }
}

function leaksOf({ name, pid, proxy }: Cluster['members'][number]): string[] {
  const leaks: string[] = [];
  if (proxy.connections > MOST_CONNECTIONS)
    leaks.push(`${name} holds ${proxy.connections} connections to its database`);
  const memory = residentMb(pid);
  if (memory !== null && memory > MOST_MEMORY_MB) leaks.push(`${name} holds ${memory} MB of memory`);
  const files = openFiles(pid);
  if (files !== null && files > MOST_CONNECTIONS + MOST_OTHER_FILES) leaks.push(`${name} holds ${files} open files`);
  return leaks;
}
