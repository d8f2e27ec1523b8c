import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { BindError } from '@taskpilot/contracts';
import { RateLimitedLog, requestContext, runInRequestContext } from '@taskpilot/platform';
import { SchedulerClient } from '../scheduler-client/scheduler-client.ts';
import { BindingStore } from './binding-store.ts';
import { type CreateVerdict, readKeyAnswer } from './create-verdict.ts';
import { GroupCreate } from './group-create.ts';
import type { Binding } from './statements/binding-row.ts';

/** How a step of a binding ended. `overtaken`: another call has bound or refused it meanwhile. */
export type BindOutcome =
  | { readonly kind: 'bound'; readonly schedulerTaskId: string; readonly at: Date }
  | { readonly kind: 'refused'; readonly error: BindError; readonly at: Date }
  | { readonly kind: 'overtaken' }
  | { readonly kind: 'unsettled'; readonly reason: string; readonly isAway: boolean };

/** Takes a BINDING as far as DTP lets it: the second and third step of the protocol. */
@Injectable()
export class BindingDriver implements BeforeApplicationShutdown {
  private readonly logger = new Logger(BindingDriver.name);
  /** While DTP is away, each of a thousand bindings would say so; that must not hide what else is wrong. */
  private readonly retriesWhileAway = new RateLimitedLog(this.logger);
  private readonly otherRetries = new RateLimitedLog(this.logger);
  private readonly inFlight = new Map<string, Promise<BindOutcome>>();

  constructor(
    private readonly creates: GroupCreate,
    private readonly client: SchedulerClient,
    private readonly store: BindingStore,
  ) {}

  /** Takes on a binding that its caller has just started or taken. Never rejects. Concurrent calls for one bind share a step. */
  drive(binding: Binding): Promise<BindOutcome> {
    return this.share(binding, () => this.step(binding));
  }

  /**
   * The same for a binding that was merely read. The step under way at that time may have ended since, which is no longer
   * seen here: so a new one looks again before it asks DTP.
   */
  join(binding: Binding): Promise<BindOutcome> {
    return this.share(binding, () => this.step(binding, () => this.store.isUnderWay(binding)));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.inFlight.values());
  }

  private share(binding: Binding, step: () => Promise<BindOutcome>): Promise<BindOutcome> {
    const bind = `${binding.id} ${binding.generation}`;
    const shared = this.inFlight.get(bind);
    if (shared) return shared;
    // Patient, since it goes on whoever waits for it: given up half-way, it would have to be done again.
    const context = { requestId: requestContext().requestId, traceparent: binding.traceparent, isPatient: true };
    const outcome = runInRequestContext(context, step).finally(() => this.inFlight.delete(bind));
    this.inFlight.set(bind, outcome);
    return outcome;
  }

  private async step(binding: Binding, isUnderWay?: () => Promise<boolean>): Promise<BindOutcome> {
    try {
      if (isUnderWay && !(await isUnderWay())) return { kind: 'overtaken' };
      return await this.record(binding, await this.ask(binding));
    } catch (error) {
      // DTP or webdb is away. The binding is due again by itself; to say it sooner is worth a try.
      return this.postpone(binding, (error as Error).message, true);
    }
  }

  /**
   * Before DTP's refusal counts, the key is looked up: an earlier call, its answer lost or its body another, may have made
   * the execution.
   */
  private async ask(binding: Binding): Promise<CreateVerdict> {
    const verdict = await this.creates.submit({ idempotencyKey: binding.id, body: binding.body });
    if (verdict.kind !== 'refused') return verdict;
    const schedulerTaskId = readKeyAnswer(await this.client.findTaskByKey(binding.id), binding.id);
    if (schedulerTaskId) return { kind: 'bound', schedulerTaskId };
    if (schedulerTaskId === null) return verdict;
    return { kind: 'unsettled', reason: 'DTP does not say whether it knows the key of this task', isAway: false };
  }

  private async record(binding: Binding, verdict: CreateVerdict): Promise<BindOutcome> {
    const { id } = binding;
    if (verdict.kind === 'bound') {
      const at = await this.store.confirm(id, verdict.schedulerTaskId);
      if (!at) return { kind: 'overtaken' };
      this.logger.debug('bound', { taskId: id, schedulerTaskId: verdict.schedulerTaskId });
      return { ...verdict, at };
    }
    if (verdict.kind === 'refused') {
      const at = await this.store.refuse(binding, verdict.error);
      if (!at) return { kind: 'overtaken' };
      this.logger.warn('DTP refuses the task', { taskId: id, code: verdict.error.code, detail: verdict.error.detail });
      return { ...verdict, at };
    }
    return this.postpone(binding, verdict.reason, verdict.isAway);
  }

  private async postpone(binding: Binding, reason: string, isAway: boolean): Promise<BindOutcome> {
    const log = isAway ? this.retriesWhileAway : this.otherRetries;
    log.warn('the binding will be tried again', {
      taskId: binding.id,
      failedCalls: binding.attempts + 1,
      reason,
    });
    await this.store.postpone(binding).catch(() => undefined);
    return { kind: 'unsettled', reason, isAway };
  }
}
