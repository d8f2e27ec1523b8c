import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IDENTIFIER_PATTERN, type JsonObject, LIMITS, TASK_DEFAULTS, type TaskSpec } from '@taskpilot/contracts';
import { RetryPolicyDto } from './retry-policy.dto.ts';
import { IsIdentifier } from './validators/is-identifier.ts';
import { IsIntegerBetween } from './validators/is-integer-between.ts';
import { IsJsonObject } from './validators/is-json-object.ts';
import { IsNested } from './validators/is-nested.ts';
import { IsTimestamp } from './validators/is-timestamp.ts';
import { Optional, OptionalOrNull } from './validators/optional.ts';

/** What both planes take to describe the work itself. */
export class TaskSpecDto implements TaskSpec {
  @ApiProperty({
    pattern: IDENTIFIER_PATTERN.source,
    example: 'http.request',
    description: 'Names the handler that runs the task. An unknown type is accepted and waits for its handler.',
  })
  @IsIdentifier()
  readonly type: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    default: {},
    example: { method: 'POST', url: 'https://example.com/hooks/nightly', body: { report: 'sales' } },
    description: 'What the handler is given, member for member as it was sent. Its shape depends on the type.',
  })
  @Optional()
  @IsJsonObject()
  readonly payload?: JsonObject;

  @ApiPropertyOptional({
    pattern: IDENTIFIER_PATTERN.source,
    default: TASK_DEFAULTS.queue,
    example: 'default',
    description: 'The queue that the task waits in.',
  })
  @Optional()
  @IsIdentifier()
  readonly queue?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: LIMITS.minPriority,
    maximum: LIMITS.maxPriority,
    default: TASK_DEFAULTS.priority,
    example: 0,
    description: 'The higher is claimed first.',
  })
  @Optional()
  @IsIntegerBetween(LIMITS.minPriority, LIMITS.maxPriority)
  readonly priority?: number;

  @ApiPropertyOptional({
    type: 'string',
    format: 'date-time',
    nullable: true,
    default: null,
    example: '2026-11-20T09:30:00.000Z',
    description: 'Not before this time: RFC 3339, at most milliseconds. Absent, `null` or in the past means now.',
  })
  @OptionalOrNull()
  @IsTimestamp()
  readonly runAt?: string | null;

  @ApiPropertyOptional({ type: RetryPolicyDto, description: 'What is left out takes its default.' })
  @Optional()
  @IsNested(RetryPolicyDto)
  readonly retryPolicy?: RetryPolicyDto;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: LIMITS.maxTimeoutMs,
    default: TASK_DEFAULTS.timeoutMs,
    example: 60_000,
    description: 'Bounds one attempt, in milliseconds.',
  })
  @Optional()
  @IsIntegerBetween(1, LIMITS.maxTimeoutMs)
  readonly timeoutMs?: number;

  @ApiPropertyOptional({
    type: 'string',
    format: 'date-time',
    nullable: true,
    default: null,
    example: '2026-11-20T12:00:00.000Z',
    description: 'Bounds the whole task. What has not ended by then ends `FAILED` with `DEADLINE_EXCEEDED`.',
  })
  @OptionalOrNull()
  @IsTimestamp()
  readonly deadlineAt?: string | null;
}
