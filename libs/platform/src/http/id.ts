import { Injectable, type PipeTransform } from '@nestjs/common';
import { UUID_PATTERN } from '@taskpilot/contracts';
import { ProblemError } from '../problem/problem-error.ts';

/**
 * An id in its one form, lower case.
 * @throws ProblemError `INVALID_ID`
 */
export function parseId(value: string): string {
  if (!UUID_PATTERN.test(value)) throw new ProblemError('INVALID_ID', 'The id must be a UUID.');
  return value.toLowerCase();
}

/** `@Param('id', IdPipe)`. */
@Injectable()
export class IdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    return parseId(value);
  }
}
