import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { LIMITS, MAX_BIND_ITEMS } from '@taskpilot/contracts';
import { Gathering, type RequestContext, requestContext, runInRequestContext, within } from '@taskpilot/platform';
import type { TaskCreate } from '../scheduler-client/scheduler-client.ts';
import type { CreateVerdict } from './create-verdict.ts';
import { TaskCreator } from './task-creator.ts';

/** What a shared call adds to the body of each of its tasks: the key, and a few characters. */
const ENVELOPE_BYTES = 256;
/** So long a call holds up the next one: it may have been swallowed. */
const HOLDS_UP_MS = 100;
/**
 * So long nothing is sent after a call that found DTP away. Refused at once, each bind would make a call of its own: 160 a
 * second were seen, where it takes 7 while DTP is there.
 */
const AWAY_PAUSE_MS = 100;

interface Waiting {
  readonly create: TaskCreate;
  readonly context: RequestContext;
  readonly resolve: (verdict: CreateVerdict) => void;
}

/**
 * Lets tasks that are bound at the same time share a call to DTP: those that come during a call go with the next one. A
 * lone task waits for nobody; one of several, for the others by up to 2 ms.
 */
@Injectable()
export class GroupCreate {
  private readonly logger = new Logger(GroupCreate.name);
  private readonly waiting: Waiting[] = [];
  private readonly gathering = new Gathering(() => this.waiting.length);
  private isSending = false;

  constructor(private readonly creator: TaskCreator) {}

  /** Never rejects. */
  submit(create: TaskCreate): Promise<CreateVerdict> {
    return new Promise((resolve) => {
      this.waiting.push({ create, context: requestContext(), resolve });
      this.gathering.arrived();
      if (!this.isSending) void this.sendAll();
    });
  }

  private async sendAll(): Promise<void> {
    this.isSending = true;
    while (this.waiting.length > 0) {
      await this.gathering.gathered();
      const batch = this.take();
      this.gathering.left(batch.length);
      const isAway = await within(HOLDS_UP_MS, this.send(batch));
      if (isAway) await delay(AWAY_PAUSE_MS);
    }
    this.isSending = false;
  }

  /** Together no larger than DTP lets one of them be: so it can find none of them too large, which it takes alone. */
  private take(): Waiting[] {
    let bytes = 0;
    const end = this.waiting.findIndex(({ create }, index) => {
      bytes += Buffer.byteLength(create.body) + ENVELOPE_BYTES;
      return index === MAX_BIND_ITEMS || (index > 0 && bytes > LIMITS.bodyBytes);
    });
    return this.waiting.splice(0, end === -1 ? this.waiting.length : end);
  }

  /** A call has one trace, which DTP stores with all that it makes: each trace has a call of its own. */
  private async send(batch: readonly Waiting[]): Promise<boolean> {
    const byTrace = [...Map.groupBy(batch, ({ context }) => context.traceparent)];
    const calls = byTrace.map(([traceparent, group]) => this.call(group, this.contextOf(group, traceparent)));
    return (await Promise.all(calls)).every((isAway) => isAway);
  }

  /** Resolves to whether DTP is away. */
  private async call(group: readonly Waiting[], context: RequestContext): Promise<boolean> {
    const creates = group.map(({ create }) => create);
    const verdicts = await runInRequestContext(context, () => this.creator.create(creates));
    for (const [index, { resolve }] of group.entries()) resolve(verdicts[index] as CreateVerdict);
    return verdicts.every((verdict) => verdict.kind === 'unsettled' && verdict.isAway);
  }

  /** Under the id of the one request it is for; for several under one of its own, which the log ties to theirs. */
  private contextOf(group: readonly Waiting[], traceparent: string | null): RequestContext {
    const requestIds = new Set(group.map(({ context }) => context.requestId));
    const [only] = requestIds;
    if (only !== undefined && requestIds.size === 1) return { requestId: only, traceparent, isPatient: true };
    const requestId = randomUUID();
    this.logger.debug('binds of several requests share a call to DTP', { requestId, requestIds: [...requestIds] });
    return { requestId, traceparent, isPatient: true };
  }
}
