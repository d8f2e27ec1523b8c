import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  type CreateSchedulerTaskItem,
  type CreateSchedulerTasks,
  type CreateWebTasks,
  LIMITS,
  MAX_BATCH_ITEMS,
} from '@taskpilot/contracts';
import { CreateSchedulerTaskDto } from './create-scheduler-task.dto.ts';
import { CreateWebTaskDto } from './create-web-task.dto.ts';
import { IsBatch } from './validators/is-batch.ts';
import { IsIdempotencyKey } from './validators/is-idempotency-key.ts';
import { IsTrueOrFalse } from './validators/is-true-or-false.ts';
import { Optional } from './validators/optional.ts';
import { TakenVerbatim } from './validators/taken-verbatim.ts';

const ITEMS = {
  minItems: 1,
  maxItems: MAX_BATCH_ITEMS,
  description: 'Each is judged, created and answered by itself: a bad one spoils no other.',
} as const;

/** One task of DTP's `POST /tasks/batch`. */
@TakenVerbatim()
export class CreateSchedulerTaskItemDto extends CreateSchedulerTaskDto implements CreateSchedulerTaskItem {
  @ApiPropertyOptional({
    minLength: 1,
    maxLength: LIMITS.idempotencyKeyLength,
    pattern: '^[!-~]+$',
    example: '019aa0f5-7c1e-7b3a-9d0e-3f6a5c2b1d00',
    description: 'The `Idempotency-Key` of this task alone. Wins over that of the batch; no part of the task’s body.',
  })
  @Optional()
  @IsIdempotencyKey()
  readonly idempotencyKey?: string;
}

/** Body of DTP's `POST /tasks/batch`. Its items are unread: `readBatchItem` reads each as what it claims to be. */
@TakenVerbatim()
export class CreateSchedulerTasksDto implements CreateSchedulerTasks {
  @ApiProperty({ ...ITEMS, type: [CreateSchedulerTaskItemDto] })
  @IsBatch()
  readonly items: readonly CreateSchedulerTaskItemDto[];
}

/** Body of TaskPilot's `POST /api/tasks/batch`. Its items are unread: `readBatchItem` reads each as what it claims to be. */
@TakenVerbatim()
export class CreateWebTasksDto implements CreateWebTasks {
  @ApiProperty({ ...ITEMS, type: [CreateWebTaskDto] })
  @IsBatch()
  readonly items: readonly CreateWebTaskDto[];

  @ApiPropertyOptional({ default: false, example: true, description: 'Binds each of the tasks as well.' })
  @Optional()
  @IsTrueOrFalse()
  readonly bind?: boolean;
}
