import { ApiProperty } from '@nestjs/swagger';
import { ATTEMPT_OUTCOMES, type AttemptOutcome, type AttemptView, type TaskError } from '@taskpilot/contracts';
import { TaskErrorDto } from './task-error.dto.ts';

/** One try at a task. */
export class AttemptDto implements AttemptView {
  @ApiProperty({ type: 'integer', minimum: 1, example: 1 })
  readonly number: number;

  @ApiProperty({ format: 'uuid', example: '019aa0f0-1b2c-7d3e-8f40-5a6b7c8d9e0f' })
  readonly workerId: string;

  @ApiProperty({ format: 'date-time', example: '2026-11-20T09:30:00.004Z' })
  readonly startedAt: string;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, example: '2026-11-20T09:30:00.310Z' })
  readonly finishedAt: string | null;

  @ApiProperty({
    enum: [...ATTEMPT_OUTCOMES],
    enumName: 'AttemptOutcome',
    nullable: true,
    example: 'FAILED' as const,
    description: '`null` while the attempt runs.',
  })
  readonly outcome: AttemptOutcome | null;

  @ApiProperty({
    type: TaskErrorDto,
    nullable: true,
    example: { code: 'HTTP_STATUS', message: 'The target answered 503.', status: 503 },
  })
  readonly error: TaskError | null;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    example: '2026-11-20T09:30:01.120Z',
    description: 'The decision: when the next attempt may start, or `null` for no further attempt.',
  })
  readonly retryAt: string | null;
}
