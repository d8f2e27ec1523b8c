import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { LIMITS, type Page, type WebTaskView } from '@taskpilot/contracts';
import { CreateWebTaskDto, ListWebTasksQuery, WebTaskDto, WebTaskPageDto } from '@taskpilot/dto';
import {
  ApiProblems,
  BODY_PROBLEMS,
  decodeCursor,
  encodeCursor,
  IdempotencyKey,
  IdPipe,
  requestContext,
} from '@taskpilot/platform';
import type { FastifyReply } from 'fastify';
import { newWebTask } from './new-web-task.ts';
import { CREATE_EXAMPLES } from './tasks.examples.ts';
import { WebTaskStore } from './web-task-store.ts';
import { locationOf, toWebTaskView } from './web-task-view.ts';

const LOCATION = { Location: { description: 'The path of the task.', schema: { type: 'string' as const } } };

@ApiTags('tasks')
@Controller('tasks')
export class TasksController {
  constructor(private readonly store: WebTaskStore) {}

  @Post()
  @ApiOperation({
    summary: 'Create a task',
    description:
      'Stores what should run, and runs nothing yet: bind the task to hand it to DTP. With an `Idempotency-Key` the ' +
      'request may be repeated: the same key and body answer 200 with the task as it is now.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Makes the request safe to repeat: 1 to 200 visible ASCII characters.',
    schema: { type: 'string', minLength: 1, maxLength: LIMITS.idempotencyKeyLength, pattern: '^[!-~]+$' },
  })
  @ApiBody({ type: CreateWebTaskDto, examples: CREATE_EXAMPLES })
  @ApiResponse({ status: 201, type: WebTaskDto, description: 'The task, `PENDING`.', headers: LOCATION })
  @ApiResponse({ status: 200, type: WebTaskDto, description: 'What the key made before, as it is now.' })
  @ApiProblems(...BODY_PROBLEMS, 'IDEMPOTENCY_MISMATCH', 'DATABASE_UNAVAILABLE')
  async createTask(
    @Body() body: CreateWebTaskDto,
    @IdempotencyKey() key: string | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebTaskView> {
    const { task, created } = await this.store.create(newWebTask(body, key, requestContext().traceparent));
    reply.status(created ? 201 : 200).header('location', locationOf(task.id));
    return toWebTaskView(task);
  }

  @Get()
  @ApiOperation({
    summary: 'List tasks, newest first',
    description: 'A page of large tasks is shorter than its limit: only a `null` cursor ends the list.',
  })
  @ApiResponse({ status: 200, type: WebTaskPageDto })
  @ApiProblems('INVALID_CURSOR', 'DATABASE_UNAVAILABLE')
  async listTasks(@Query() query: ListWebTasksQuery): Promise<Page<WebTaskView>> {
    const limit = query.limit ?? LIMITS.pageSize;
    const before = query.cursor === undefined ? null : decodeCursor(query.cursor);
    const { tasks, hasMore } = await this.store.list(limit, before);
    const last = tasks.at(-1);
    return { items: tasks.map(toWebTaskView), nextCursor: hasMore && last ? encodeCursor(last.id) : null };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a task', description: 'The intent. How it fares is read from `…/execution`.' })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiResponse({ status: 200, type: WebTaskDto })
  @ApiProblems('INVALID_ID', 'TASK_NOT_FOUND', 'DATABASE_UNAVAILABLE')
  async getTask(@Param('id', IdPipe) id: string): Promise<WebTaskView> {
    return toWebTaskView(await this.store.get(id));
  }
}
