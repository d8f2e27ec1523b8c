import { ApiProperty } from '@nestjs/swagger';
import type { TaskError } from '@taskpilot/contracts';

/** Why an attempt, or the whole task, failed. Further members depend on the code. */
export class TaskErrorDto implements TaskError {
  @ApiProperty({ example: 'HTTP_STATUS', description: 'One of DTP’s codes, or a handler’s own.' })
  readonly code: string;

  @ApiProperty({ example: 'The target answered 503.' })
  readonly message: string;

  readonly [member: string]: unknown;
}
