import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../tools/ports.ts';
import type { ChaosSettings } from '../processes/chaos-environment.ts';
import { TcpProxy } from '../proxy/tcp-proxy.ts';
import { Member } from './member.ts';
import { SmallDisk } from './small-disk.ts';
import { Store } from './store.ts';

export interface ClusterOptions {
  /** Processes that work. */
  readonly workers: number;
  /** Whether the scheduler that answers calls is one of them, as `DTP_ROLE=all` has it. */
  readonly schedulerWorks?: boolean | undefined;
  /** Control planes; 1. */
  readonly taskPilots?: number | undefined;
  readonly leaseMs: number;
  /** Tasks that a worker runs at once. */
  readonly concurrency: number;
  readonly chaos: Omit<ChaosSettings, 'effectLog'>;
  readonly env?: Readonly<Record<string, string>>;
  /** Keeps the databases on a disk of that size, which can be filled. */
  readonly diskMb?: number | undefined;
}

/**
 * Both planes as real processes on a PostgreSQL of their own: one control plane or several, one scheduler for the API,
 * which may work as well, several workers. A proxy stands before each database connection and between the planes.
 */
export class Cluster {
  readonly store: Store;
  readonly disk: SmallDisk | undefined;
  readonly effectLog: string;
  readonly leaseMs: number;
  readonly betweenPlanes: TcpProxy;
  readonly taskPilots: readonly Member[];
  readonly scheduler: Member;
  readonly workers: readonly Member[];
  #turn = 0;

  private constructor(parts: Omit<Cluster, 'members' | 'nextTaskPilotUrl' | 'stop' | 'start'>) {
    this.store = parts.store;
    this.disk = parts.disk;
    this.effectLog = parts.effectLog;
    this.leaseMs = parts.leaseMs;
    this.betweenPlanes = parts.betweenPlanes;
    this.taskPilots = parts.taskPilots;
    this.scheduler = parts.scheduler;
    this.workers = parts.workers;
  }

  get members(): readonly Member[] {
    return [...new Set([...this.taskPilots, this.scheduler, ...this.workers])];
  }

  /** Of the control planes that are at work, in turn. */
  nextTaskPilotUrl(): string | undefined {
    const atWork = this.taskPilots.filter(({ hasEnded }) => !hasEnded);
    return atWork[this.#turn++ % atWork.length]?.current?.url;
  }

  /** @throws MountRefused where a disk is asked for, and this is not root */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const { leaseMs, diskMb } = options;
    const disk = diskMb === undefined ? undefined : SmallDisk.mount(diskMb);
    const store = await Store.start(disk);
    const effectLog = join(tmpdir(), `taskpilot-chaos-${process.pid}.effects`);
    rmSync(effectLog, { force: true });
    const database = () => TcpProxy.start({ host: '127.0.0.1', port: store.port });
    const betweenPlanes = await TcpProxy.start({ host: '127.0.0.1', port: await freePort() });
    const chaos = { ...options.chaos, effectLog };

    const scheduler = async (name: string, role: string, onStarted?: (url: string) => void): Promise<Member> => {
      const proxy = await database();
      const env = {
        DTP_ROLE: role,
        DTP_DB_URL: proxy.through(store.url('dtp')),
        DTP_LEASE_MS: String(leaseMs),
        DTP_CONCURRENCY: String(options.concurrency),
        DTP_CANCEL_GRACE_MS: String(leaseMs / 3),
        DTP_POLL_MS: '200',
        ...options.env,
      };
      return new Member({ name, plane: 'dtp', env, proxy, chaos, onStarted: ({ url }) => onStarted?.(url) });
    };
    const taskPilot = async (name: string): Promise<Member> => {
      const proxy = await database();
      const env = {
        WEBDB_URL: proxy.through(store.url('webdb')),
        DTP_URL: betweenPlanes.through('http://dtp'),
        RECONCILE_MS: '250',
        ...options.env,
      };
      return new Member({ name, plane: 'api', env, proxy, chaos });
    };
    const several = (count: number, make: (number: number) => Promise<Member>) =>
      Promise.all(Array.from({ length: count }, (_, index) => make(index + 1)));
    const { workers: working, schedulerWorks = false } = options;
    const toScheduler = (url: string) => betweenPlanes.retarget(Number(new URL(url).port));
    const answering = await scheduler('scheduler', schedulerWorks ? 'all' : 'api', toScheduler);
    const others = await several(schedulerWorks ? working - 1 : working, (number) =>
      scheduler(`worker-${number}`, 'worker'),
    );
    const cluster = new Cluster({
      ...{ store, disk, effectLog, leaseMs, betweenPlanes },
      scheduler: answering,
      taskPilots: await several(options.taskPilots ?? 1, (number) => taskPilot(`taskpilot-${number}`)),
      workers: schedulerWorks ? [answering, ...others] : others,
    });
    try {
      await answering.start();
      await Promise.all([...cluster.taskPilots, ...others].map((member) => member.start()));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
    await this.betweenPlanes.stop();
    await this.store.stop();
    this.disk?.unmount();
    rmSync(this.effectLog, { force: true });
  }
}
