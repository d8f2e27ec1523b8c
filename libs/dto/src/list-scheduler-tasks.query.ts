import { ApiPropertyOptional } from '@nestjs/swagger';
import { IDENTIFIER_PATTERN, LIMITS, SCHEDULER_TASK_STATES, type SchedulerTaskState } from '@taskpilot/contracts';
import { PageQuery } from './page.query.ts';
import { IsIdempotencyKey } from './validators/is-idempotency-key.ts';
import { IsIdentifier } from './validators/is-identifier.ts';
import { IsOneOf } from './validators/is-one-of.ts';
import { Optional } from './validators/optional.ts';

/** Query parameters of DTP's `GET /tasks`. */
export class ListSchedulerTasksQuery extends PageQuery {
  @ApiPropertyOptional({ enum: [...SCHEDULER_TASK_STATES], enumName: 'SchedulerTaskState' })
  @Optional()
  @IsOneOf(SCHEDULER_TASK_STATES)
  readonly state?: SchedulerTaskState;

  @ApiPropertyOptional({ pattern: IDENTIFIER_PATTERN.source })
  @Optional()
  @IsIdentifier()
  readonly type?: string;

  @ApiPropertyOptional({ pattern: IDENTIFIER_PATTERN.source })
  @Optional()
  @IsIdentifier()
  readonly queue?: string;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: LIMITS.idempotencyKeyLength,
    description: 'The key that the task was created under; TaskPilot uses the id of its WebTask.',
  })
  @Optional()
  @IsIdempotencyKey()
  readonly idempotencyKey?: string;
}
