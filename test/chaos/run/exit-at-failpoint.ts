import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.ts';
import type { Member } from '../cluster/member.ts';
import type { Random } from '../cluster/random.ts';
import { AIM_MS, type Hit, take, until } from './aim.ts';
import type { FailpointTurns, Turn } from './failpoint-turns.ts';

interface Stage {
  readonly cluster: Cluster;
  readonly random: Random;
  readonly failpoints: FailpointTurns;
  readonly pendingCalls: () => number;
}

const TRIES = 3;
/** How long a process may take to come by. */
const EXIT_MS = 8_000;
/** It dies at one of its first passes after it was armed. */
const MOST_PASSES = 3;

/** What is done at a start, or at the end of a drain, alone; everything else goes on all the time. */
const AT_START = /^registerWorker:/;
const AT_DRAIN = /^(?:retireWorker|releaseTasks):/;

/** A process dies at the failpoint whose turn it is, and is started anew. Where nobody comes by, another is tried. */
export async function exitAtFailpoint(stage: Stage): Promise<Hit> {
  const turn = stage.failpoints.next();
  for (let tries = 1; tries <= TRIES; tries++) {
    const member = await passerBy(stage, turn);
    const { inFlight } = await take(member, () => dieAt(stage, member, turn));
    if (inFlight === 0) continue;
    stage.failpoints.died(turn);
    return { target: `${member.name} at ${turn.name}`, inFlight };
  }
  return { target: `nobody at ${turn.name}`, inFlight: 0 };
}

/** One of those that have come by before, with any of their processes. */
async function passerBy({ cluster, random }: Stage, { app, name }: Turn): Promise<Member> {
  const isSpecial = AT_START.test(name) || AT_DRAIN.test(name);
  const ofPlane = isSpecial ? cluster.workers : cluster.members.filter((member) => member.app === app);
  const eligible = () => ofPlane.filter(({ isTaken, passed }) => !isTaken && (isSpecial || passed.has(name)));
  await until(() => eligible().length > 0, AIM_MS);
  const found = eligible();
  return random.pick(found.length > 0 ? found : ofPlane);
}

/** Resolves to how many calls were under way, at least 1, or 0 where it did not die there. */
async function dieAt({ random, pendingCalls }: Stage, member: Member, { name }: Turn): Promise<number> {
  if (AT_START.test(name)) {
    await member.kill();
    await member.start({ failpoint: { name, hit: 1 } });
  } else {
    const hit = AT_DRAIN.test(name) ? 1 : 1 + Math.floor(random.between(0, MOST_PASSES));
    member.arm({ name, hit });
    if (AT_DRAIN.test(name)) member.signal('SIGTERM');
  }
  await Promise.race([member.ended(), delay(EXIT_MS)]);
  const hasDied = member.wasKilled;
  const calls = pendingCalls();
  await member.kill();
  await member.start();
  return hasDied ? Math.max(1, calls) : 0;
}
