import { Injectable } from '@nestjs/common';
import { DtpInstance } from '../scheduler-client/dtp-instance.ts';
import {
  type SchedulerAnswer,
  SchedulerClient,
  SchedulerFailure,
  type TaskCreate,
} from '../scheduler-client/scheduler-client.ts';
import { type CreateVerdict, readBatchAnswer, readCreateAnswer } from './create-verdict.ts';

const LANES = 32;

/** Asks DTP to create tasks. Never rejects: what went without an answer is unsettled. */
@Injectable()
export class TaskCreator {
  constructor(
    private readonly client: SchedulerClient,
    private readonly instance: DtpInstance,
  ) {}

  /** By one call if DTP takes it, and otherwise by one for each: a single task must not spoil the call of the others. */
  async create(creates: readonly TaskCreate[]): Promise<readonly CreateVerdict[]> {
    try {
      return (creates.length > 1 && (await this.together(creates))) || (await this.oneByOne(creates));
    } catch (error) {
      return creates.map(() => away(error));
    }
  }

  /** `null` when DTP has to be asked about each alone. */
  private async together(creates: readonly TaskCreate[]): Promise<CreateVerdict[] | null> {
    const keys = creates.map(({ idempotencyKey }) => idempotencyKey);
    try {
      return readBatchAnswer(await this.ask(this.client.createTasks(creates)), keys);
    } catch (error) {
      // Where an earlier answer was lost, this one shows tasks that have ended since, and their results together may be
      // longer than we take.
      if (error instanceof SchedulerFailure && error.kind === 'nonsense') return null;
      throw error;
    }
  }

  private async oneByOne(creates: readonly TaskCreate[]): Promise<CreateVerdict[]> {
    const verdicts: CreateVerdict[] = [];
    // Shared by the lanes: an array's iterator goes on where another lane has left it.
    const queue = creates.entries();
    const lane = async (): Promise<void> => {
      for (const [index, create] of queue) verdicts[index] = await this.alone(create).catch(away);
    };
    await Promise.all(Array.from({ length: Math.min(LANES, creates.length) }, lane));
    return verdicts;
  }

  private async alone(create: TaskCreate): Promise<CreateVerdict> {
    return readCreateAnswer(await this.ask(this.client.createTask(create)), create.idempotencyKey);
  }

  private async ask(call: Promise<SchedulerAnswer>): Promise<SchedulerAnswer> {
    const answer = await call;
    if (answer.instanceId) await this.instance.pin(answer.instanceId);
    return answer;
  }
}

function away(error: unknown): CreateVerdict {
  return { kind: 'unsettled', reason: (error as Error).message, isAway: true };
}
