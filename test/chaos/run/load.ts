import { setTimeout as delay } from 'node:timers/promises';
import type { SchedulerTaskState } from '@taskpilot/contracts';
import type { CancelAnswer, Promises } from '../checker/history.ts';
import { EFFECT_TYPE, type EffectPayload } from '../processes/effect-handler.ts';
import type { Answer, Caller } from './caller.ts';
import { Lead } from './lead.ts';

/** One task to be, and what its caller does with it. */
export interface TaskPlan {
  readonly payload: EffectPayload;
  /** In place of a quick one. */
  readonly retryPolicy?: object;
  /** How far ahead it is due; at once without. */
  readonly dueInMs?: number;
  /** How far ahead its deadline is; none without. */
  readonly deadlineInMs?: number;
  /** Whether it is of a kind that DTP refuses to bind. */
  readonly isRefused?: boolean;
  /** How long after its bind it is cancelled; never without. */
  readonly cancelAfterMs?: number;
  /** Or so as to meet its first attempt's end, but for so long before, or after where negative. */
  readonly cancelBeforeEndMs?: number;
  /** Or how long after its bind was asked for, answered or not, and once only. */
  readonly cancelWhileBindingMs?: number;
  /** How many cancels are sent at once; 1. */
  readonly cancels?: number;
}

/** What a bind answers, as far as it matters here. */
interface Bound {
  readonly schedulerTaskId?: unknown;
}

interface BatchItem {
  readonly status: number;
  readonly task: (Bound & { readonly id: string; readonly status: unknown }) | null;
}

/** What a plane may say while it, or what it needs, is away. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504]);
const RETRY_POLICY = { maxAttempts: 5, strategy: 'fixed', initialDelayMs: 50, jitter: 'none' };
const AGAIN_MS = 100;
/** What a cancel that came to nothing says of it. */
const UNCHANGED = /Nothing was changed/;

/** Callers that insist: each repeats a call until it is answered for good. Remembers what they were told. */
export class Load implements Promises {
  readonly created = new Set<string>();
  readonly bound = new Set<string>();
  readonly cancels: CancelAnswer[] = [];
  /** Of tasks that harm their process. */
  readonly poisoned = new Set<string>();
  /** Of tasks that take longer once lost, and so are lost again more often. */
  readonly lingering = new Set<string>();
  /** How many calls were answered for good. */
  answered = 0;
  /** How often each answer came: by call and status, `lost` where none came. */
  readonly answers = new Map<string, number>();
  /** Answers that the contract does not allow for. */
  readonly oddities: string[] = [];
  readonly #caller: Caller;
  readonly #name: string;
  readonly #startOf: (schedulerTaskId: string) => Promise<number>;
  readonly #lead = new Lead();
  readonly #cancelling = new Set<Promise<unknown>>();

  /**
   * @param name tells its tasks from those of other loads
   * @param startOf resolves when an attempt of a task begins, to when it did
   */
  constructor(caller: Caller, name: string, startOf: (schedulerTaskId: string) => Promise<number>) {
    this.#caller = caller;
    this.#name = name;
    this.#startOf = startOf;
  }

  /** Creates and binds one task. The cancel, if there is one, goes on by itself. */
  async submit(index: number, plan: TaskPlan): Promise<void> {
    const { cancelWhileBindingMs } = plan;
    const task = toTask(index, plan);
    const key = this.#key(index);
    const { body } = await this.#insist('create', [200, 201], () => this.#caller.send('POST', '/api/tasks', task, key));
    const id = String(body.id);
    this.#noteCreated(id, plan);
    if (cancelWhileBindingMs !== undefined) this.#remember(this.#cancelOnce(id, cancelWhileBindingMs));
    const bind = () => this.#caller.send('POST', `/api/tasks/${id}/scheduler`);
    if (plan.isRefused) return void (await this.#insist('bind', [202, 422], bind));
    const bound = await this.#insist('bind', [200, 202], bind);
    this.bound.add(id);
    this.#remember(this.#cancelAsPlanned(id, bound.body, plan));
  }

  /** Creates and binds many by one call, which is repeated for what has no binding yet. Cancels go on by themselves. */
  async submitMany(first: number, plans: readonly TaskPlan[]): Promise<void> {
    const batch = { bind: true, items: plans.map((plan, index) => toTask(first + index, plan)) };
    const send = () => this.#caller.send('POST', '/api/tasks/batch', batch, this.#key(first));
    for (;;) {
      const { body } = await this.#insist('batch', [200], send);
      const items = body.items as readonly BatchItem[];
      for (const [index, plan] of plans.entries()) {
        const task = items[index]?.task;
        if (!task || this.bound.has(task.id)) continue;
        this.#noteCreated(task.id, plan);
        if (!isBound(items[index])) continue;
        this.bound.add(task.id);
        this.#remember(this.#cancelAsPlanned(task.id, task, plan));
      }
      if (items.every(isBound)) return;
      const odd = items.find(({ task, status }) => !task && !AWAY.has(status));
      if (odd) this.oddities.push(`an item of a batch: ${JSON.stringify(odd)}`);
      await delay(AGAIN_MS);
    }
  }

  /** Resolves when every cancel has been answered. */
  async settled(): Promise<void> {
    await Promise.all(this.#cancelling);
  }

  #key(index: number): object {
    return { 'idempotency-key': `${this.#name}-${index}` };
  }

  #noteCreated(id: string, { payload }: TaskPlan): void {
    this.created.add(id);
    if (payload.poison) this.poisoned.add(id);
    if ((payload.againMs ?? 0) > payload.ms) this.lingering.add(id);
  }

  #remember(cancelling: Promise<unknown>): void {
    this.#cancelling.add(cancelling);
    void cancelling.finally(() => this.#cancelling.delete(cancelling));
  }

  async #cancelAsPlanned(id: string, { schedulerTaskId }: Bound, plan: TaskPlan): Promise<void> {
    const { payload, cancelAfterMs, cancelBeforeEndMs, cancels = 1 } = plan;
    let aimedAt: number | undefined;
    if (cancelBeforeEndMs !== undefined && typeof schedulerTaskId === 'string') {
      aimedAt = (await this.#startOf(schedulerTaskId)) + payload.ms;
      await delay(Math.max(0, aimedAt - this.#lead.ms - cancelBeforeEndMs - Date.now()));
    } else if (cancelAfterMs !== undefined) await delay(cancelAfterMs);
    else return;
    await Promise.all(Array.from({ length: cancels }, () => this.#cancel(id, aimedAt)));
  }

  async #cancel(id: string, aimedAt: number | undefined): Promise<void> {
    const answer = await this.#insist('cancel', [200, 409], () => this.#sendCancel(id));
    this.#note(id, answer, { sentAt: answer.sentAt, aimedAt });
    if (aimedAt !== undefined) this.#lead.learn(answer.status === 200);
  }

  /** A cancel that may come to nothing, and then has to say so. */
  async #cancelOnce(id: string, afterMs: number): Promise<void> {
    await delay(afterMs);
    const isBound = this.bound.has(id);
    const sentAt = Date.now();
    const answer = await this.#sendCancel(id).catch(() => null);
    this.#count(`cancel ${isBound ? 'late' : 'while binding'} ${answer?.body.code ?? answer?.status ?? 'lost'}`);
    if (answer?.status === 200 || answer?.body.code === 'TASK_NOT_CANCELLABLE') this.#note(id, answer, { sentAt });
    else if (UNCHANGED.test(String(answer?.body.detail))) {
      this.cancels.push({ id, accepted: false, state: null, sentAt, answeredAt: Date.now() });
    }
  }

  #sendCancel(id: string): Promise<Answer> {
    return this.#caller.send('PUT', `/api/tasks/${id}/execution/cancel`);
  }

  #note(id: string, { status, body }: Answer, times: Pick<CancelAnswer, 'sentAt' | 'aimedAt'>): void {
    if (status === 409 && body.code !== 'TASK_NOT_CANCELLABLE') {
      this.oddities.push(`the cancel of the bound task ${id} was answered ${body.code}`);
      return;
    }
    const state = body.state as SchedulerTaskState;
    this.cancels.push({ id, accepted: status === 200, state, ...times, answeredAt: Date.now() });
  }

  async #insist(
    call: string,
    good: readonly number[],
    send: () => Promise<Answer>,
  ): Promise<Answer & { readonly sentAt: number }> {
    for (;;) {
      const sentAt = Date.now();
      const answer = await send().catch(() => null);
      const kind = `${call} ${answer?.status ?? 'lost'}`;
      this.#count(kind);
      if (answer && good.includes(answer.status)) {
        this.answered++;
        return { ...answer, sentAt };
      }
      if (answer?.status === 503 && !answer.retryAfter) this.oddities.push(`${kind} came without Retry-After`);
      if (answer && !AWAY.has(answer.status)) this.oddities.push(`${kind}: ${JSON.stringify(answer.body)}`);
      await delay(AGAIN_MS);
    }
  }

  #count(kind: string): void {
    this.answers.set(kind, (this.answers.get(kind) ?? 0) + 1);
  }
}

/** It is `PENDING` where the database went away between its creation and the start of its binding. */
const isBound = (item: BatchItem | undefined): boolean => Boolean(item?.task && item.task.status !== 'PENDING');

/** Without a URL, which its handler asks for. */
const REFUSED = { type: 'http.request', payload: {} };

function toTask(index: number, plan: TaskPlan): object {
  const { payload, retryPolicy = RETRY_POLICY, dueInMs, deadlineInMs, isRefused } = plan;
  const times = { ...inMs('runAt', dueInMs), ...inMs('deadlineAt', deadlineInMs) };
  return { name: `task ${index}`, type: EFFECT_TYPE, payload, retryPolicy, ...times, ...(isRefused && REFUSED) };
}

const inMs = (name: string, ms: number | undefined): object =>
  ms === undefined ? {} : { [name]: new Date(Date.now() + ms).toISOString() };
