import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.ts';
import type { Member } from '../cluster/member.ts';
import type { Random } from '../cluster/random.ts';
import { AIM_MS, type Hit, take, until } from './aim.ts';
import type { FailpointTurns, Turn } from './failpoint-turns.ts';
import type { WorkInFlight } from './work-in-flight.ts';

interface Stage {
  readonly cluster: Cluster;
  readonly random: Random;
  readonly failpoints: FailpointTurns;
  readonly work: WorkInFlight;
  readonly pendingCalls: () => number;
}

const TRIES = 3;
/** How long a process may take to come by. */
const EXIT_MS = 8_000;
/** It dies at its first pass after a while of at most so long: some are passed all the time, others hardly ever. */
const LONGEST_WHILE_MS = 300;

/** What is done at a start, or at the end of a drain, alone; everything else goes on all the time. */
const AT_START = /^registerWorker:/;
const AT_DRAIN = /^(?:retireWorker|releaseTasks):/;
/** What is done while the other plane is away, which the exits bring about too seldom: it is cut off for this. */
const WHILE_AWAY = /^postponeBindings:/;
/** A drain hands back what is at work, and has nothing to hand back otherwise. */
const LEAST_AT_WORK = 3;

/** A process dies at the failpoint whose turn it is, and is started anew. Where nobody comes by, another is tried. */
export async function exitAtFailpoint(stage: Stage): Promise<Hit> {
  // Its callers would wait for TaskPilot, and whoever waits for the second of two has nothing else to do.
  const isWhole = stage.cluster.taskPilots.every(({ isTaken }) => !isTaken);
  const turn = stage.failpoints.next(({ app }) => isWhole || app !== 'taskpilot-api');
  for (let tries = 1; tries <= TRIES; tries++) {
    const member = await passerBy(stage, turn);
    const { inFlight } = await take(member, () => dieAt(stage, member, turn));
    if (inFlight === 0) continue;
    stage.failpoints.died(turn);
    return { target: `${member.name} at ${turn.name}`, inFlight };
  }
  return { target: `nobody at ${turn.name}`, inFlight: 0 };
}

/** One of those that have come by before, with any of their processes, while another of its kind is left. */
async function passerBy({ cluster, random, work }: Stage, { app, name }: Turn): Promise<Member> {
  const isAtWork = (member: Member) => work.of(member.pid) >= LEAST_AT_WORK;
  const comesBy = AT_DRAIN.test(name)
    ? isAtWork
    : ({ passed }: Member) => AT_START.test(name) || WHILE_AWAY.test(name) || passed.has(name);
  const isWorkers = AT_START.test(name) || AT_DRAIN.test(name);
  const ofPlane = isWorkers ? cluster.workers : cluster.members.filter((member) => member.app === app);
  const isSpare = () => ofPlane.filter(({ isTaken }) => !isTaken).length > 1;
  const eligible = () => (isSpare() ? ofPlane.filter((member) => !member.isTaken && comesBy(member)) : []);
  await until(() => eligible().length > 0, AIM_MS);
  const found = eligible();
  return random.pick(found.length > 0 ? found : ofPlane);
}

/** Resolves to how many calls were under way, at least 1, or 0 where it did not die there. */
async function dieAt({ cluster, random, pendingCalls }: Stage, member: Member, { name }: Turn): Promise<number> {
  if (AT_START.test(name)) {
    await member.kill();
    await member.start({ failpoint: name });
  } else if (AT_DRAIN.test(name)) {
    member.arm(name);
    member.signal('SIGTERM');
  } else {
    await delay(random.between(0, LONGEST_WHILE_MS));
    member.arm(name);
  }
  if (WHILE_AWAY.test(name)) cluster.betweenPlanes.behave({ kind: 'refuse' });
  await Promise.race([member.ended(), delay(EXIT_MS)]);
  if (WHILE_AWAY.test(name)) cluster.betweenPlanes.heal();
  const hasDied = member.wasKilled;
  const calls = pendingCalls();
  await member.kill();
  await member.start();
  return hasDied ? Math.max(1, calls) : 0;
}
