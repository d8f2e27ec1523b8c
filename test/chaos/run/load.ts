import { setTimeout as delay } from 'node:timers/promises';
import type { SchedulerTaskState } from '@taskpilot/contracts';
import type { CancelAnswer, Promises } from '../checker/history.ts';
import { EFFECT_TYPE, type EffectPayload } from '../processes/effect-handler.ts';
import type { Answer, Caller } from './caller.ts';

/** One task to be, and what its caller does with it. */
export interface TaskPlan {
  readonly payload: EffectPayload;
  /** How far ahead it is due; at once without. */
  readonly dueInMs?: number;
  /** How long after its bind it is cancelled; never without. */
  readonly cancelAfterMs?: number;
}

/** What a plane may say while it, or what it needs, is away. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504]);
const RETRY_POLICY = { maxAttempts: 5, strategy: 'fixed', initialDelayMs: 50, jitter: 'none' };
const AGAIN_MS = 100;

/** Callers that insist: each repeats a call until it is answered for good. Remembers what they were told. */
export class Load implements Promises {
  readonly created = new Set<string>();
  readonly bound = new Set<string>();
  readonly cancels: CancelAnswer[] = [];
  /** How often each answer came: by call and status, `lost` where none came. */
  readonly answers = new Map<string, number>();
  /** Answers that the contract does not allow for. */
  readonly oddities: string[] = [];
  readonly #caller: Caller;
  readonly #name: string;
  readonly #cancelling = new Set<Promise<void>>();

  /** @param name tells its tasks from those of other loads */
  constructor(caller: Caller, name: string) {
    this.#caller = caller;
    this.#name = name;
  }

  /** Creates and binds one task. The cancel, if there is one, goes on by itself. */
  async submit(index: number, plan: TaskPlan): Promise<void> {
    const { payload, dueInMs, cancelAfterMs } = plan;
    const runAt = dueInMs === undefined ? {} : { runAt: new Date(Date.now() + dueInMs).toISOString() };
    const task = { name: `task ${index}`, type: EFFECT_TYPE, payload, retryPolicy: RETRY_POLICY, ...runAt };
    const key = { 'idempotency-key': `${this.#name}-${index}` };
    const { body } = await this.#insist('create', [200, 201], () => this.#caller.send('POST', '/api/tasks', task, key));
    const id = String(body.id);
    this.created.add(id);
    await this.#insist('bind', [200, 202], () => this.#caller.send('POST', `/api/tasks/${id}/scheduler`));
    this.bound.add(id);
    if (cancelAfterMs === undefined) return;
    const cancelling = delay(cancelAfterMs).then(() => this.#cancel(id));
    this.#cancelling.add(cancelling);
    void cancelling.finally(() => this.#cancelling.delete(cancelling));
  }

  /** Resolves when every cancel has been answered. */
  async settled(): Promise<void> {
    await Promise.all(this.#cancelling);
  }

  async #cancel(id: string): Promise<void> {
    const path = `/api/tasks/${id}/execution/cancel`;
    const { status, body } = await this.#insist('cancel', [200, 409], () => this.#caller.send('PUT', path));
    if (status === 409 && body.code !== 'TASK_NOT_CANCELLABLE') {
      this.oddities.push(`the cancel of the bound task ${id} was answered ${body.code}`);
      return;
    }
    this.cancels.push({ id, accepted: status === 200, state: body.state as SchedulerTaskState });
  }

  async #insist(call: string, good: readonly number[], send: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const answer = await send().catch(() => null);
      const kind = `${call} ${answer?.status ?? 'lost'}`;
      this.answers.set(kind, (this.answers.get(kind) ?? 0) + 1);
      if (answer && good.includes(answer.status)) return answer;
      if (answer && !AWAY.has(answer.status)) this.oddities.push(`${kind}: ${JSON.stringify(answer.body)}`);
      await delay(AGAIN_MS);
    }
  }
}
