import type { Cluster } from '../cluster/cluster.ts';
import { residentMb } from './process-figures.ts';

const EVERY_MS = 5_000;
/** Before that it warms up: compiles, fills its pools. */
const WARM_MS = 60_000;
/** One that lives shorter tells nothing of leaks. */
const LEAST_MS = 240_000;
/** What the last quarter of a process's life may have more than the first after it was warm. */
const MOST_GROWTH = 1.25;
const MOST_GROWTH_MB = 30;

interface Life {
  readonly name: string;
  readonly sinceMs: number;
  readonly samples: { readonly ageMs: number; readonly mb: number }[];
}

/** Follows the memory of every process for as long as it lives. */
export class MemoryWatch {
  readonly #lives = new Map<number, Life>();
  readonly #timer: NodeJS.Timeout;

  constructor(members: () => Cluster['members']) {
    this.#timer = setInterval(() => {
      for (const { name, pid } of members()) this.note(name, pid, performance.now(), residentMb(pid));
    }, EVERY_MS).unref();
  }

  note(name: string, pid: number, now: number, mb: number | null): void {
    if (mb === null) return;
    const life = this.#lives.get(pid) ?? { name, sinceMs: now, samples: [] };
    this.#lives.set(pid, life);
    life.samples.push({ ageMs: now - life.sinceMs, mb });
  }

  end(): void {
    clearInterval(this.#timer);
  }

  /** Of each place the process that lived longest. */
  get notes(): string[] {
    const longest = new Map<string, Life>();
    for (const life of this.#lives.values()) {
      const rival = longest.get(life.name);
      if (!rival || ageOf(life) > ageOf(rival)) longest.set(life.name, life);
    }
    return [...longest.values()].map(tell);
  }

  /** Of every process that lived long enough to tell. */
  get complaints(): string[] {
    const old = [...this.#lives.values()].filter((life) => ageOf(life) >= LEAST_MS);
    if (old.length === 0) return [`no process lived for ${LEAST_MS} ms: nothing is known of memory`];
    return old.filter(hasGrown).map(tell);
  }
}

const ageOf = ({ samples }: Life): number => samples.at(-1)?.ageMs ?? 0;

/** Medians of the first and the last quarter of its life, less the time in which it warms up. */
function quarters({ samples }: Life): { first: number; last: number; peak: number } {
  const warm = samples.filter(({ ageMs }) => ageMs >= WARM_MS).map(({ mb }) => mb);
  const few = Math.max(1, warm.length >> 2);
  const peak = Math.max(0, ...samples.map(({ mb }) => mb));
  return { first: median(warm.slice(0, few)), last: median(warm.slice(-few)), peak };
}

function hasGrown(life: Life): boolean {
  const { first, last } = quarters(life);
  return last > first * MOST_GROWTH && last > first + MOST_GROWTH_MB;
}

function tell(life: Life): string {
  const { first, last, peak } = quarters(life);
  const minutes = (ageOf(life) / 60_000).toFixed(1);
  return `memory of ${life.name} over ${minutes} min: ${first} MB at first, ${last} at last, ${peak} at most`;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
