import { ApiProperty } from '@nestjs/swagger';
import type { FieldError } from '@taskpilot/contracts';

export class FieldErrorDto implements FieldError {
  @ApiProperty({ example: '/payload/url', description: 'A JSON Pointer (RFC 6901) into the body.' })
  readonly pointer: string;

  @ApiProperty({ example: 'must be an http or https URL' })
  readonly detail: string;
}
