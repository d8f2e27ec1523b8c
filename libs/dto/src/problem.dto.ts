import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { PROBLEMS, type Problem, type ProblemCode, SCHEDULER_TASK_STATES } from '@taskpilot/contracts';
import { FieldErrorDto } from './field-error.dto.ts';

@ApiSchema({ name: 'Problem', description: 'RFC 9457 problem details. `code` is what a program should look at.' })
export class ProblemDto implements Problem {
  @ApiProperty({ example: 'urn:taskpilot:problem:task-not-found' })
  readonly type: string;

  @ApiProperty({ example: PROBLEMS.TASK_NOT_FOUND.title })
  readonly title: string;

  @ApiProperty({ type: 'integer', example: 404 })
  readonly status: number;

  @ApiProperty({ description: 'What was wrong, where, and what to do.', example: 'There is no task with this id.' })
  readonly detail: string;

  @ApiProperty({ description: 'The path of the request.', example: '/tasks/0197c3f2-6a5b-7cc1-9f6e-3f2b8a4d5e6f' })
  readonly instance: string;

  @ApiProperty({ enum: Object.keys(PROBLEMS), enumName: 'ProblemCode', example: 'TASK_NOT_FOUND' })
  readonly code: ProblemCode;

  @ApiProperty({ description: 'Finds the request in the logs of both planes.', example: 'nightly-42' })
  readonly requestId: string;

  @ApiPropertyOptional({ type: [FieldErrorDto], description: 'Every place that was refused.' })
  readonly errors?: FieldErrorDto[];

  @ApiPropertyOptional({ enum: SCHEDULER_TASK_STATES, description: 'TASK_NOT_CANCELLABLE: what stands in the way.' })
  readonly state?: string;

  @ApiPropertyOptional({ format: 'uuid', description: 'TASK_EXPIRED: the id that the pruned task had.' })
  readonly taskId?: string;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'Within the answer to a batch: what a single task is told by the header Retry-After, in seconds.',
  })
  readonly retryAfterS?: number;
}
