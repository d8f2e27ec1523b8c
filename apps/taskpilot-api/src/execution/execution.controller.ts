import { Controller, Get, Param, Put, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AttemptListDto, SchedulerTaskDto } from '@taskpilot/dto';
import { ApiProblems, BODY_PROBLEMS, IdPipe } from '@taskpilot/platform';
import type { FastifyReply } from 'fastify';
import type { SchedulerAnswer } from '../scheduler-client/scheduler-client.ts';
import { ExecutionRelay } from './execution-relay.ts';

const EXECUTION_PROBLEMS = [
  'INVALID_ID',
  'TASK_NOT_FOUND',
  'TASK_NOT_BOUND',
  'EXECUTION_EXPIRED',
  'EXECUTION_MISSING',
  'DTP_ERROR',
  'DTP_UNAVAILABLE',
  'DATABASE_UNAVAILABLE',
  'DTP_TIMEOUT',
] as const;

@ApiTags('execution')
@ApiParam({ name: 'id', format: 'uuid', description: 'The id of the task.' })
@Controller('tasks/:id/execution')
export class ExecutionController {
  constructor(private readonly relay: ExecutionRelay) {}

  @Get()
  @ApiOperation({ summary: 'See how a task fares', description: 'DTP’s own JSON, byte for byte.' })
  @ApiResponse({ status: 200, type: SchedulerTaskDto })
  @ApiProblems(...EXECUTION_PROBLEMS)
  async getExecution(
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    return pass(await this.relay.read(id), reply);
  }

  @Get('attempts')
  @ApiOperation({
    summary: 'See the attempts of a task',
    description:
      'Oldest first, each with what was decided when it ended. Of very many, the latest 1,000. DTP’s own JSON, byte for byte.',
  })
  @ApiResponse({ status: 200, type: AttemptListDto })
  @ApiProblems(...EXECUTION_PROBLEMS)
  async listExecutionAttempts(
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    return pass(await this.relay.listAttempts(id), reply);
  }

  @Put('cancel')
  @ApiOperation({
    summary: 'Cancel a task',
    description:
      '200: the task ends `CANCELLED`, and no further attempt starts; while a handler still has to be told, it is ' +
      '`CANCELLING`. DTP alone decides what is still cancellable: its 409 is passed on as it is. After 503 or 504 the ' +
      'outcome may be unknown: cancel again; a 409 that says `CANCELLED` then means that the first one did it.',
  })
  @ApiResponse({ status: 200, type: SchedulerTaskDto })
  @ApiProblems(...EXECUTION_PROBLEMS, ...BODY_PROBLEMS, 'TASK_NOT_CANCELLABLE')
  async cancelExecution(
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    return pass(await this.relay.cancel(id), reply);
  }
}

/** DTP's answer as ours: status, content type and bytes. */
function pass(answer: SchedulerAnswer, reply: FastifyReply): Buffer {
  reply.status(answer.status).header('content-type', answer.contentType);
  return answer.body;
}
