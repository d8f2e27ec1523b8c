import { ApiProperty } from '@nestjs/swagger';
import {
  type BatchAnswer,
  type BatchItemAnswer,
  MAX_BATCH_ITEMS,
  type Problem,
  type SchedulerTaskView,
  type WebTaskView,
} from '@taskpilot/contracts';
import { ProblemDto } from './problem.dto.ts';
import { SchedulerTaskDto } from './scheduler-task.dto.ts';
import { WebTaskDto } from './web-task.dto.ts';

const ITEMS = { description: 'One for each item of the request, in its order.' };
const TASK = { nullable: true, description: 'The task; `null` when the item was refused.' };

/** What both planes say of an item. */
abstract class BatchItemDto {
  @ApiProperty({ type: 'integer', minimum: 0, maximum: MAX_BATCH_ITEMS - 1, example: 0 })
  readonly index: number;

  @ApiProperty({ type: 'integer', example: 201, description: 'The status that the item would be answered with alone.' })
  readonly status: number;

  @ApiProperty({
    type: ProblemDto,
    nullable: true,
    example: null,
    description: 'Why the item was refused, its pointers relative to the item; `null` when it was not.',
  })
  readonly problem: Problem | null;
}

export class SchedulerTaskBatchItemDto extends BatchItemDto implements BatchItemAnswer<SchedulerTaskView> {
  @ApiProperty({ ...TASK, type: SchedulerTaskDto })
  readonly task: SchedulerTaskView | null;
}

/** Answer of DTP's `POST /tasks/batch`. */
export class SchedulerTaskBatchDto implements BatchAnswer<SchedulerTaskView> {
  @ApiProperty({ ...ITEMS, type: [SchedulerTaskBatchItemDto] })
  readonly items: readonly SchedulerTaskBatchItemDto[];
}

export class WebTaskBatchItemDto extends BatchItemDto implements BatchItemAnswer<WebTaskView> {
  @ApiProperty({ ...TASK, type: WebTaskDto })
  readonly task: WebTaskView | null;
}

/** Answer of TaskPilot's `POST /api/tasks/batch`. */
export class WebTaskBatchDto implements BatchAnswer<WebTaskView> {
  @ApiProperty({ ...ITEMS, type: [WebTaskBatchItemDto] })
  readonly items: readonly WebTaskBatchItemDto[];
}
