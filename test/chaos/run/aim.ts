import { setTimeout as delay } from 'node:timers/promises';
import type { Member } from '../cluster/member.ts';

/** A worker was told to end. */
export interface Drain {
  readonly pid: number;
  /** ms since 1970. */
  readonly signalledAt: number;
  readonly exitedAt: number;
}

/** What a fault hit. */
export interface Hit {
  readonly target: string;
  readonly inFlight: number;
  readonly servedAfterMs?: number;
  readonly told?: number;
  readonly drain?: Drain | undefined;
}

/** How long a fault waits for something to hit: longer than a plane that it needs takes to be back on a busy machine. */
export const AIM_MS = 30_000;

/** Has the member for itself meanwhile. */
export async function take(member: Member, hit: () => Promise<number>): Promise<Hit> {
  while (member.isTaken) await delay(20);
  member.isTaken = true;
  try {
    return { target: member.name, inFlight: await hit() };
  } finally {
    member.isTaken = false;
  }
}

/** Gives up in the end: a fault that hits nothing is recorded as such. */
export async function until(true_: () => boolean, patienceMs = AIM_MS): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!true_() && performance.now() < deadline) await delay(5);
}
