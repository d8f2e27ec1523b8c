import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { LIMITS } from '@taskpilot/contracts';
import { IsIntegerBetween } from '@taskpilot/dto';
import { type TaskContext, TaskHandler } from './task-handler.ts';

/** `setTimeout` with more than this fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class SleepPayload {
  @IsIntegerBetween(0, LIMITS.maxTimeoutMs)
  readonly ms: number;
}

/** Waits, and stops at once when its signal fires. For demos and tests. */
@Injectable()
@TaskHandler('sleep', { payload: SleepPayload })
export class SleepHandler implements TaskHandler {
  async run({ payload, signal }: TaskContext): Promise<{ readonly sleptMs: number }> {
    const sleptMs = Math.min((payload as unknown as SleepPayload).ms, MAX_TIMER_MS);
    await setTimeout(sleptMs, undefined, { signal });
    return { sleptMs };
  }
}
