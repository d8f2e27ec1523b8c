import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.ts';
import type { Member } from '../cluster/member.ts';
import type { Random } from '../cluster/random.ts';
import type { Behaviour } from '../proxy/behaviour.ts';
import type { TcpProxy } from '../proxy/tcp-proxy.ts';
import { type Drain, type Hit, take, until } from './aim.ts';
import { exitAtFailpoint } from './exit-at-failpoint.ts';
import type { FailpointTurns } from './failpoint-turns.ts';
import { fillDisk } from './full-disk.ts';
import type { WorkInFlight } from './work-in-flight.ts';

export type FaultKind =
  /** SIGKILL of a worker; of the control plane or the scheduler's API. */
  | 'kill'
  | 'killApi'
  /** A worker stands still, by SIGSTOP. */
  | 'pause'
  /** A worker's database is out of reach, and what it had sent arrives late. */
  | 'stall'
  /** SIGTERM of a worker. */
  | 'drain'
  /** A process dies at a failpoint. */
  | 'exitAt'
  /** PostgreSQL crashes; ends every session; takes no writes; its disk is full, of which it dies every other time. */
  | 'crash'
  | 'terminate'
  | 'readOnly'
  | 'fullDisk'
  /** The network before every database swallows bytes. */
  | 'hang'
  /** The network between the planes is gone for a while; refuses for 5, 30, 120 seconds in turn. */
  | 'partition'
  | 'away';

export interface Fault {
  readonly kind: FaultKind;
  readonly target: string;
  /** Since the run began, in milliseconds. */
  readonly atMs: number;
  readonly tookMs: number;
  /** What it hit: attempts at work, or calls under way where no worker was the target. */
  readonly inFlight: number;
  /** How long after it had healed callers were answered and attempts began again. */
  readonly servedAfterMs?: number;
  /** How many handlers were told on waking that their tasks were no longer theirs. */
  readonly told?: number;
  readonly drain?: Drain | undefined;
}

export interface Stage {
  readonly cluster: Cluster;
  readonly random: Random;
  readonly failpoints: FailpointTurns;
  readonly work: WorkInFlight;
  /** Calls that are under way. */
  readonly pendingCalls: () => number;
  /** How many attempts a worker must be at before a fault takes it for its target. */
  readonly leastInFlight: number;
  /** How many workers no fault takes for its target. */
  readonly spared: number;
  readonly faultsSoFar: () => number;
  /** How many calls were answered for good. */
  readonly answered: () => number;
}

const SERVES_AGAIN_MS = 60_000;
const SECOND_MS = 1_000;
/** How soon after its pause a worker tells its handlers that they have lost their tasks. */
const TOLD_MS = 1_000;
const PARTITION_MS = 4_000;
const AWAY_MS = [5_000, 30_000, 120_000];
const HANG_MS = 30_000;
const READ_ONLY_MS = 20_000;

/** Each injects one fault, waits until it is over and healed, and answers what it hit. */
export const FAULTS: Readonly<Record<FaultKind, (stage: Stage) => Promise<Hit>>> = {
  kill: (stage) => onWorker(stage, restart),

  killApi: async (stage) => {
    const { cluster, random, pendingCalls } = stage;
    const member = random.pick([...cluster.taskPilots, cluster.scheduler]);
    return take(member, async () => {
      await until(() => pendingCalls() > 0);
      const hit = pendingCalls();
      await restart(member);
      return hit;
    });
  },

  pause: async (stage) => {
    const { work, random, cluster } = stage;
    let asleep: string[] = [];
    const hit = await onWorker(stage, async (member) => {
      member.signal('SIGSTOP');
      await delay(random.between(1.3, 3) * cluster.leaseMs);
      asleep = [...work.attemptsOf(member.pid)];
      member.signal('SIGCONT');
      const untold = () => asleep.filter((attempt) => work.attemptsOf(member.pid).has(attempt));
      await until(() => untold().length === 0, TOLD_MS);
      if (untold().length > 0)
        member.surprises.push(`${member.name} woke, and let run on for ${TOLD_MS} ms: ${untold()}`);
    });
    return { ...hit, told: asleep.filter((attempt) => work.wasTold(attempt)).length };
  },

  stall: (stage) =>
    onWorker(stage, async (member) => {
      member.proxy.behave({ kind: 'hold' });
      await delay(stage.random.between(2.2, 3) * stage.cluster.leaseMs);
      member.proxy.heal();
    }),

  drain: async (stage) => {
    let drain: Drain | undefined;
    const hit = await onWorker(stage, async (member) => {
      const { pid } = member;
      const signalledAt = Date.now();
      const code = await member.drain();
      drain = { pid, signalledAt, exitedAt: Date.now() };
      if (code !== 0) member.surprises.push(`${member.name} drained with exit code ${code}`);
      await member.start();
    });
    return { ...hit, drain };
  },

  exitAt: exitAtFailpoint,

  crash: (stage) => onDatabase(stage, () => stage.cluster.store.crash()),

  // At a full second, so that one after another strikes each second.
  terminate: async (stage) => {
    await delay(SECOND_MS - (performance.now() % SECOND_MS));
    return onDatabase(stage, async () => void (await stage.cluster.store.query('dtp', TERMINATE)));
  },

  readOnly: (stage) =>
    onDatabase(stage, async () => {
      const { store } = stage.cluster;
      await store.makeReadOnly(true);
      await delay(READ_ONLY_MS);
      await store.makeReadOnly(false);
    }),

  fullDisk: async (stage) => {
    let fate = '';
    const hit = await onDatabase(stage, async () => {
      const words = await fillDisk(stage.cluster, stage.faultsSoFar() % 2 === 1);
      fate = `${words} ${await stage.cluster.store.revive()}`;
    });
    return { ...hit, target: fate };
  },

  hang: (stage) => onDatabase(stage, () => misbehave(databaseProxies(stage), { kind: 'blackhole' }, HANG_MS)),

  partition: (stage) => {
    const kind = stage.random.pick(['hold', 'blackhole', 'refuse'] as const);
    return betweenPlanes(stage, { kind }, PARTITION_MS);
  },

  away: (stage) => betweenPlanes(stage, { kind: 'refuse' }, AWAY_MS[stage.faultsSoFar() % AWAY_MS.length] as number),
};

const TERMINATE = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname IN ('webdb', 'dtp') AND pid <> pg_backend_pid()`;

const databaseProxies = ({ cluster }: Stage) => cluster.members.map(({ proxy }) => proxy);

async function misbehave(proxies: readonly TcpProxy[], behaviour: Behaviour, ms: number): Promise<void> {
  for (const proxy of proxies) proxy.behave(behaviour);
  await delay(ms);
  for (const proxy of proxies) proxy.heal();
}

async function onDatabase({ cluster, work, answered }: Stage, hit: () => Promise<void>): Promise<Hit> {
  const atWork = () => work.total(cluster.workers.map(({ pid }) => pid));
  await until(() => atWork() > 0);
  const inFlight = atWork();
  await hit();
  const healedAt = performance.now();
  const before = { answers: answered(), effects: work.effects.length };
  await until(() => answered() > before.answers && work.effects.length > before.effects, SERVES_AGAIN_MS);
  return { target: 'postgres', inFlight, servedAfterMs: performance.now() - healedAt };
}

async function betweenPlanes({ cluster, pendingCalls }: Stage, behaviour: Behaviour, ms: number): Promise<Hit> {
  await until(() => pendingCalls() > 0);
  const inFlight = pendingCalls();
  await misbehave([cluster.betweenPlanes], behaviour, ms);
  return { target: 'between the planes', inFlight };
}

async function restart(member: Member): Promise<void> {
  await member.kill();
  await member.start();
}

async function onWorker(
  { cluster, random, work, leastInFlight, spared }: Stage,
  hit: (member: Member) => Promise<void>,
): Promise<Hit> {
  const workers = cluster.workers.slice(spared);
  let target: Member | undefined;
  await until(() => {
    work.look();
    target = random.shuffle(workers).find((member) => !member.isTaken && work.of(member.pid) >= leastInFlight);
    return target !== undefined;
  });
  const member = target ?? random.pick(workers.filter(({ isTaken }) => !isTaken));
  return take(member, async () => {
    const inFlight = work.of(member.pid);
    await hit(member);
    return inFlight;
  });
}
