import { Body, Controller, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { BatchAnswer, WebTaskView } from '@taskpilot/contracts';
import { CreateWebTaskDto, CreateWebTasksDto, WebTaskBatchDto } from '@taskpilot/dto';
import {
  ApiProblems,
  answerBatch,
  BATCH_KEY_HEADER,
  BatchBody,
  BatchIdempotencyKey,
  BODY_PROBLEMS,
  batchItemKey,
  readBatchItem,
  requestContext,
} from '@taskpilot/platform';
import type { FastifyRequest } from 'fastify';
import { BATCH_ANSWER_EXAMPLE, BATCH_EXAMPLES } from './batch.examples.ts';
import { BatchItemBinder } from './batch-item-binder.ts';
import { newWebTask } from './new-web-task.ts';
import { WebTaskStore } from './web-task-store.ts';

@ApiTags('tasks')
@Controller('tasks/batch')
export class BatchController {
  constructor(
    private readonly store: WebTaskStore,
    private readonly binder: BatchItemBinder,
  ) {}

  @Post()
  @BatchBody()
  @ApiOperation({
    summary: 'Create up to 1,000 tasks, and bind them if asked to',
    description:
      'Answers each item, in the order asked, with its task or with a problem, and with the status that it would have ' +
      'been answered with alone; none spoils another. With `bind`, an item is 202 while DTP has not confirmed, and 422 ' +
      '`BIND_REFUSED`, with the `taskId` of what was created all the same, when DTP refuses it. A task that is still ' +
      '`PENDING` could not be bound, since the database went away after it was created: repeat the batch under its ' +
      'key, or bind the task by itself.',
  })
  @ApiHeader(BATCH_KEY_HEADER)
  @ApiBody({ type: CreateWebTasksDto, examples: BATCH_EXAMPLES })
  @ApiResponse({
    status: 200,
    type: WebTaskBatchDto,
    description: 'What became of each item.',
    example: BATCH_ANSWER_EXAMPLE,
  })
  @ApiProblems(...BODY_PROBLEMS, 'DATABASE_UNAVAILABLE')
  createTasks(
    @Body() { items, bind = false }: CreateWebTasksDto,
    @BatchIdempotencyKey() key: string | null,
    @Req() request: FastifyRequest,
  ): Promise<BatchAnswer<WebTaskView>> {
    const { traceparent } = requestContext();
    return answerBatch(
      items,
      {
        read: (item, index) => {
          const body = readBatchItem(CreateWebTaskDto, item, request);
          return newWebTask(body, batchItemKey(key, index), traceparent);
        },
        create: (task) => this.store.create(task),
        answer: (created) => this.binder.answer(created, bind),
      },
      request,
    );
  }
}
