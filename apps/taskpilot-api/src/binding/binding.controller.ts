import { Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { WebTaskView } from '@taskpilot/contracts';
import { WebTaskDto } from '@taskpilot/dto';
import { ApiProblems, BODY_PROBLEMS, IdPipe } from '@taskpilot/platform';
import type { FastifyReply } from 'fastify';
import { locationOf, toWebTaskView } from '../tasks/web-task-view.ts';
import { assertNotRefused } from './bind-refused.ts';
import { BINDING_EXAMPLE, BOUND_EXAMPLE } from './binding.examples.ts';
import { TaskBinder } from './task-binder.ts';

const RETRY_AFTER_S = 1;

@ApiTags('binding')
@Controller('tasks/:id/scheduler')
export class BindingController {
  constructor(private readonly binder: TaskBinder) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Bind a task: hand it to DTP',
    description:
      'Makes one execution, however often, and at however many places at once, it is called. When DTP does not confirm ' +
      'in time the answer is 202: the intent is stored, and the binding completes by itself.',
  })
  @ApiParam({ name: 'id', format: 'uuid' })
  @ApiResponse({ status: 200, type: WebTaskDto, description: 'The task, `BOUND`.', example: BOUND_EXAMPLE })
  @ApiResponse({
    status: 202,
    type: WebTaskDto,
    description: 'The task, `BINDING`: DTP has not confirmed yet.',
    example: BINDING_EXAMPLE,
    headers: {
      Location: { description: 'Where to see how the binding fares.', schema: { type: 'string' } },
      'Retry-After': { description: 'Seconds to wait before looking.', schema: { type: 'integer' } },
    },
  })
  @ApiProblems(...BODY_PROBLEMS, 'INVALID_ID', 'TASK_NOT_FOUND', 'BIND_REFUSED', 'DATABASE_UNAVAILABLE')
  async bindTask(
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebTaskView> {
    const task = await this.binder.bind(id);
    assertNotRefused(task);
    if (task.status !== 'BOUND') {
      reply.status(202).header('location', locationOf(id)).header('retry-after', RETRY_AFTER_S);
    }
    return toWebTaskView(task);
  }
}
