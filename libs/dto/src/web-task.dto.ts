import { ApiProperty } from '@nestjs/swagger';
import {
  type BindError,
  type FieldError,
  IDENTIFIER_PATTERN,
  type JsonObject,
  LIMITS,
  WEB_TASK_STATUSES,
  type WebTaskStatus,
  type WebTaskView,
} from '@taskpilot/contracts';
import { FieldErrorDto } from './field-error.dto.ts';
import { ResolvedRetryPolicyDto } from './retry-policy.dto.ts';

export class BindErrorDto implements BindError {
  @ApiProperty({ example: 'VALIDATION_FAILED', description: 'The `code` of DTP’s problem.' })
  readonly code: string;

  @ApiProperty({ type: 'integer', example: 422, description: 'The HTTP status of DTP’s answer.' })
  readonly status: number;

  @ApiProperty({ example: 'The payload does not fit the type http.request.' })
  readonly detail: string;

  @ApiProperty({ type: [FieldErrorDto] })
  readonly errors: readonly FieldError[];
}

/** TaskPilot's view of a task: the intent. */
export class WebTaskDto implements WebTaskView {
  @ApiProperty({ format: 'uuid', example: '019aa0f5-7c1e-7b3a-9d0e-3f6a5c2b1d00' })
  readonly id: string;

  @ApiProperty({ maxLength: LIMITS.nameLength, example: 'nightly report' })
  readonly name: string;

  @ApiProperty({ pattern: IDENTIFIER_PATTERN.source, example: 'http.request' })
  readonly type: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { method: 'POST', url: 'https://example.com/hooks/nightly', body: { report: 'sales' } },
  })
  readonly payload: JsonObject;

  @ApiProperty({ pattern: IDENTIFIER_PATTERN.source, example: 'default' })
  readonly queue: string;

  @ApiProperty({ type: 'integer', minimum: LIMITS.minPriority, maximum: LIMITS.maxPriority, example: 0 })
  readonly priority: number;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, example: null })
  readonly runAt: string | null;

  @ApiProperty({ type: ResolvedRetryPolicyDto })
  readonly retryPolicy: ResolvedRetryPolicyDto;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: LIMITS.maxTimeoutMs, example: 60_000 })
  readonly timeoutMs: number;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, example: null })
  readonly deadlineAt: string | null;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: { team: 'billing' } })
  readonly labels: Readonly<Record<string, string>>;

  @ApiProperty({
    enum: [...WEB_TASK_STATUSES],
    enumName: 'WebTaskStatus',
    example: 'PENDING' as const,
    description: 'The state of the intent alone. How the execution fares is read from `…/execution`.',
  })
  readonly status: WebTaskStatus;

  @ApiProperty({
    type: 'string',
    format: 'uuid',
    nullable: true,
    example: null,
    description: 'The execution at DTP; set when `status` is `BOUND`.',
  })
  readonly schedulerTaskId: string | null;

  @ApiProperty({
    type: BindErrorDto,
    nullable: true,
    example: null,
    description: 'Why DTP refused the task; set when `status` is `BIND_FAILED`.',
  })
  readonly bindError: BindError | null;

  @ApiProperty({ format: 'date-time', example: '2026-11-20T09:30:00.000Z' })
  readonly createdAt: string;

  @ApiProperty({ format: 'date-time', example: '2026-11-20T09:30:00.000Z' })
  readonly updatedAt: string;
}
