import { Injectable } from '@nestjs/common';
import { LIMITS } from '@taskpilot/contracts';
import { IsIntegerBetween, Optional, Verbatim } from '@taskpilot/dto';
import { type TaskContext, TaskFailure, TaskHandler } from './task-handler.ts';

export class FlakyPayload {
  @IsIntegerBetween(0, LIMITS.maxAttempts)
  readonly failures: number;

  @Optional()
  @Verbatim()
  readonly result?: unknown;
}

/** Fails `failures` times, then answers `result`. For demos and tests of retries. */
@Injectable()
@TaskHandler('flaky', { payload: FlakyPayload })
export class FlakyHandler implements TaskHandler {
  async run({ payload, failedAttempts }: TaskContext): Promise<unknown> {
    const { failures, result = null } = payload as unknown as FlakyPayload;
    if (failedAttempts < failures) {
      throw new TaskFailure({
        code: 'HANDLER_ERROR',
        message: `Failure ${failedAttempts + 1} of ${failures}, as asked`,
      });
    }
    return result;
  }
}
