import { Body, Controller, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { BatchAnswer, SchedulerTaskView } from '@taskpilot/contracts';
import { CreateSchedulerTaskItemDto, CreateSchedulerTasksDto, SchedulerTaskBatchDto } from '@taskpilot/dto';
import {
  ApiProblems,
  answerBatch,
  BATCH_KEY_HEADER,
  BatchBody,
  BatchIdempotencyKey,
  BODY_PROBLEMS,
  batchItemKey,
  readBatchItem,
} from '@taskpilot/platform';
import type { FastifyRequest } from 'fastify';
import { BATCH_ANSWER_EXAMPLE, BATCH_EXAMPLES } from './batch-examples.ts';
import { TaskService } from './task-service.ts';

@ApiTags('tasks')
@Controller('tasks')
export class BatchController {
  constructor(private readonly tasks: TaskService) {}

  @Post('batch')
  @BatchBody()
  @ApiOperation({
    summary: 'Enqueue many tasks',
    description:
      'Stores each task durably, as if it had been sent alone, and answers each by itself: a bad one spoils no other. ' +
      'A task may bring an `idempotencyKey` of its own; it wins over that of the batch.',
  })
  @ApiHeader(BATCH_KEY_HEADER)
  @ApiBody({ type: CreateSchedulerTasksDto, examples: BATCH_EXAMPLES })
  @ApiOkResponse({ type: SchedulerTaskBatchDto, description: 'What became of each.', example: BATCH_ANSWER_EXAMPLE })
  @ApiProblems(...BODY_PROBLEMS, 'WRONG_INSTANCE', 'DATABASE_UNAVAILABLE')
  createTasks(
    @Body() { items }: CreateSchedulerTasksDto,
    @BatchIdempotencyKey() batchKey: string | null,
    @Req() request: FastifyRequest,
  ): Promise<BatchAnswer<SchedulerTaskView>> {
    return answerBatch(
      items,
      {
        read: (item, index) => {
          const dto = readBatchItem(CreateSchedulerTaskItemDto, item, request);
          const { idempotencyKey = batchItemKey(batchKey, index), ...received } = item;
          return this.tasks.read(dto, received, idempotencyKey);
        },
        create: (task) => this.tasks.enqueue(task),
      },
      request,
    );
  }
}
