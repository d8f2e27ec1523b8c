import { ApiProperty } from '@nestjs/swagger';
import {
  type JsonObject,
  LIMITS,
  SCHEDULER_TASK_STATES,
  type SchedulerTaskState,
  type SchedulerTaskView,
  type TaskError,
} from '@taskpilot/contracts';
import { ResolvedRetryPolicyDto } from './retry-policy.dto.ts';
import { TaskErrorDto } from './task-error.dto.ts';

const NULLABLE_TIME = { type: 'string', format: 'date-time', nullable: true } as const;

/** DTP's view of a task: the execution. */
export class SchedulerTaskDto implements SchedulerTaskView {
  @ApiProperty({ format: 'uuid', example: '019aa0f5-7e20-7c44-8a11-0b9d4e7f6a55' })
  readonly id: string;

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: '019aa0f5-7c1e-7b3a-9d0e-3f6a5c2b1d00',
    description: 'The key it was created under; TaskPilot uses the id of its WebTask.',
  })
  readonly idempotencyKey: string | null;

  @ApiProperty({ example: 'http.request' })
  readonly type: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { method: 'POST', url: 'https://example.com/hooks/nightly', body: { report: 'sales' } },
  })
  readonly payload: JsonObject;

  @ApiProperty({ example: 'default' })
  readonly queue: string;

  @ApiProperty({ type: 'integer', minimum: LIMITS.minPriority, maximum: LIMITS.maxPriority, example: 0 })
  readonly priority: number;

  @ApiProperty({
    enum: [...SCHEDULER_TASK_STATES],
    enumName: 'SchedulerTaskState',
    example: 'RUNNING' as const,
    description: '`SUCCEEDED`, `FAILED` and `CANCELLED` are final.',
  })
  readonly state: SchedulerTaskState;

  @ApiProperty({ type: 'integer', minimum: 0, example: 1, description: 'Rises by one with every transition.' })
  readonly stateSeq: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    example: 1,
    description: '0 before the first claim; rises with every claim, and may pass `maxAttempts`.',
  })
  readonly attempt: number;

  @ApiProperty({ type: 'integer', minimum: 0, example: 0, description: 'Attempts that failed or timed out.' })
  readonly failedAttempts: number;

  @ApiProperty({ type: 'integer', minimum: 0, example: 0, description: 'Attempts whose worker died.' })
  readonly lostAttempts: number;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: LIMITS.maxAttempts, example: 5 })
  readonly maxAttempts: number;

  @ApiProperty({ type: ResolvedRetryPolicyDto })
  readonly retryPolicy: ResolvedRetryPolicyDto;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: LIMITS.maxTimeoutMs, example: 60_000 })
  readonly timeoutMs: number;

  @ApiProperty({ ...NULLABLE_TIME, example: null })
  readonly deadlineAt: string | null;

  @ApiProperty({
    format: 'date-time',
    example: '2026-11-20T09:30:00.000Z',
    description: 'Not before this time; while `RETRYING`, the time of the next attempt.',
  })
  readonly runAt: string;

  @ApiProperty({ ...NULLABLE_TIME, example: '2026-11-20T09:30:00.004Z', description: 'Start of the current attempt.' })
  readonly startedAt: string | null;

  @ApiProperty({ ...NULLABLE_TIME, example: null })
  readonly finishedAt: string | null;

  @ApiProperty({ ...NULLABLE_TIME, example: null })
  readonly cancelRequestedAt: string | null;

  @ApiProperty({
    type: 'string',
    format: 'uuid',
    nullable: true,
    example: '019aa0f0-1b2c-7d3e-8f40-5a6b7c8d9e0f',
    description: 'The worker that holds the task, if one does.',
  })
  readonly workerId: string | null;

  @ApiProperty({
    oneOf: [{ type: 'object' }, { type: 'array' }, { type: 'string' }, { type: 'number' }, { type: 'boolean' }],
    nullable: true,
    example: null,
    description: 'What the handler returned: any JSON value.',
  })
  readonly result: unknown;

  @ApiProperty({
    type: TaskErrorDto,
    nullable: true,
    example: null,
    description: 'The latest failure; `null` on success.',
  })
  readonly error: TaskError | null;

  @ApiProperty({ format: 'date-time', example: '2026-11-20T09:30:00.000Z' })
  readonly createdAt: string;

  @ApiProperty({ format: 'date-time', example: '2026-11-20T09:30:00.004Z' })
  readonly updatedAt: string;
}
