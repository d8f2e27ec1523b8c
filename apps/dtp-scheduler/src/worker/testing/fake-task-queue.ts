import {
  type AttemptEnd,
  type ClaimedTask,
  type ClaimRequest,
  type EndAnswer,
  TaskQueue,
  type WaitingWorker,
} from '../../queue/task-queue.ts';

const notUsed = (): never => {
  throw new Error('A worker has no business with this part of the queue.');
};

/** A queue in memory, as far as a worker sees it: what is ready, and what it is told about the ends. */
export class FakeTaskQueue extends TaskQueue {
  readonly ready: Record<ClaimRequest['lane'], ClaimedTask[]> = { fresh: [], lostOnce: [], lostTwice: [] };
  readonly claims: ClaimRequest[] = [];
  readonly batches: (readonly AttemptEnd[])[] = [];
  readonly audits: Parameters<TaskQueue['audit']>[0][] = [];
  readonly retired: string[] = [];
  worker: WaitingWorker | null = null;
  /** How often it was asked whether tasks wait that were lost twice, and since when they do. */
  looks = 0;
  lostTwiceSince = 0;
  cancellingRefs: { id: string; attempt: number }[] = [];
  /** Replaced by a spec to delay or fail calls. */
  beforeClaim: (request: ClaimRequest) => Promise<void> = async () => undefined;
  beforeEnd: (ends: readonly AttemptEnd[]) => Promise<void> = async () => undefined;
  answer: (end: AttemptEnd) => EndAnswer = () => 'recorded';

  get ends(): readonly AttemptEnd[] {
    return this.batches.flat();
  }

  override async claim(request: ClaimRequest): Promise<readonly ClaimedTask[]> {
    this.claims.push(request);
    await this.beforeClaim(request);
    return this.ready[request.lane].splice(0, request.limit);
  }

  override async longestLostTwiceMs(): Promise<number | null> {
    this.looks++;
    return this.ready.lostTwice.length > 0 ? performance.now() - this.lostTwiceSince : null;
  }

  override async end(_workerId: string, ends: readonly AttemptEnd[]): Promise<readonly EndAnswer[]> {
    await this.beforeEnd(ends);
    this.batches.push(ends);
    return ends.map(this.answer);
  }

  override async cancelling(): Promise<readonly { id: string; attempt: number }[]> {
    return this.cancellingRefs;
  }

  override async audit(request: Parameters<TaskQueue['audit']>[0]): Promise<number> {
    this.audits.push(request);
    return 0;
  }

  override async retire(workerId: string): Promise<number> {
    this.retired.push(workerId);
    return 0;
  }

  override attach(worker: WaitingWorker): void {
    this.worker = worker;
  }

  override enqueue = notUsed;
  override find = notUsed;
  override list = notUsed;
  override attempts = notUsed;
  override cancel = notUsed;
  override moveDue = notUsed;
  override rescue = notUsed;
  override rescueStray = notUsed;
  override dropOrphans = notUsed;
  override expireDeadlines = notUsed;
  override settleOverdueCancels = notUsed;
  override prune = notUsed;
  override forget = notUsed;
  override unhandledTypes = notUsed;
}
