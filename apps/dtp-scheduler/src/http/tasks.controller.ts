import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { LIMITS, type SchedulerTaskView } from '@taskpilot/contracts';
import {
  AttemptListDto,
  CreateSchedulerTaskDto,
  ListSchedulerTasksQuery,
  SchedulerTaskDto,
  SchedulerTaskPageDto,
} from '@taskpilot/dto';
import { ApiProblems, BODY_PROBLEMS, decodeCursor, encodeCursor, IdempotencyKey, IdPipe } from '@taskpilot/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CREATE_EXAMPLES } from './create-examples.ts';
import { TaskService } from './task-service.ts';

const ID_PARAM = { name: 'id', format: 'uuid', description: 'The id of the SchedulerTask.' };

@ApiTags('tasks')
@Controller('tasks')
export class TasksController {
  constructor(private readonly tasks: TaskService) {}

  @Post()
  @ApiOperation({
    summary: 'Enqueue a task',
    description:
      'Stores the task durably and answers; a worker runs it by itself. A repeat with the same `Idempotency-Key` and ' +
      'body answers 200 with what exists now.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: '1 to 200 visible ASCII characters.' })
  @ApiBody({ type: CreateSchedulerTaskDto, examples: CREATE_EXAMPLES })
  @ApiCreatedResponse({ type: SchedulerTaskDto, description: 'The task, `QUEUED`.' })
  @ApiOkResponse({ type: SchedulerTaskDto, description: 'The task that this key has already made.' })
  @ApiProblems(...BODY_PROBLEMS, 'IDEMPOTENCY_MISMATCH', 'TASK_EXPIRED', 'WRONG_INSTANCE', 'DATABASE_UNAVAILABLE')
  async enqueueTask(
    @Body() body: CreateSchedulerTaskDto,
    @IdempotencyKey() key: string | null,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SchedulerTaskView> {
    const { status, task } = await this.tasks.enqueue(this.tasks.read(body, request.body, key));
    reply.status(status).header('location', `/tasks/${task.id}`);
    return task;
  }

  @Get()
  @ApiOperation({
    summary: 'List tasks, newest first',
    description:
      'A page that is filtered, or of large tasks, may be shorter than its limit: only a `null` cursor ends the list.',
  })
  @ApiOkResponse({ type: SchedulerTaskPageDto })
  @ApiProblems('VALIDATION_FAILED', 'INVALID_CURSOR', 'WRONG_INSTANCE', 'DATABASE_UNAVAILABLE')
  async listSchedulerTasks(@Query() query: ListSchedulerTasksQuery): Promise<SchedulerTaskPageDto> {
    const { limit = LIMITS.pageSize, cursor, ...filter } = query;
    const before = cursor === undefined ? null : decodeCursor(cursor);
    const { items, nextId } = await this.tasks.list(filter, { limit, before });
    return { items, nextCursor: nextId === null ? null : encodeCursor(nextId) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a task' })
  @ApiParam(ID_PARAM)
  @ApiOkResponse({ type: SchedulerTaskDto })
  @ApiProblems('INVALID_ID', 'TASK_NOT_FOUND', 'TASK_EXPIRED', 'WRONG_INSTANCE', 'DATABASE_UNAVAILABLE')
  getSchedulerTask(@Param('id', IdPipe) id: string): Promise<SchedulerTaskView> {
    return this.tasks.find(id);
  }

  @Get(':id/attempts')
  @ApiOperation({
    summary: 'List the attempts of a task, oldest first',
    description: 'The one that runs is the last, with a `null` outcome. Of very many, the latest 1,000.',
  })
  @ApiParam(ID_PARAM)
  @ApiOkResponse({ type: AttemptListDto })
  @ApiProblems('INVALID_ID', 'TASK_NOT_FOUND', 'TASK_EXPIRED', 'WRONG_INSTANCE', 'DATABASE_UNAVAILABLE')
  async listAttempts(@Param('id', IdPipe) id: string): Promise<AttemptListDto> {
    return { items: await this.tasks.attempts(id) };
  }

  @Put(':id/cancel')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Cancel a task',
    description:
      'Ends a waiting task at once. A running one goes through `CANCELLING`: its handler is told within a second, and ' +
      'the task ends `CANCELLED` whatever the handler still does.',
  })
  @ApiParam(ID_PARAM)
  @ApiOkResponse({ type: SchedulerTaskDto, description: 'The task, `CANCELLED` or `CANCELLING`.' })
  @ApiProblems(
    ...BODY_PROBLEMS,
    'INVALID_ID',
    'TASK_NOT_FOUND',
    'TASK_NOT_CANCELLABLE',
    'TASK_EXPIRED',
    'WRONG_INSTANCE',
    'DATABASE_UNAVAILABLE',
  )
  cancelTask(@Param('id', IdPipe) id: string): Promise<SchedulerTaskView> {
    return this.tasks.cancel(id);
  }
}
