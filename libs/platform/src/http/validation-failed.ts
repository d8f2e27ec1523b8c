import type { FieldError } from '@taskpilot/contracts';
import { ProblemError } from '../problem/problem-error.ts';

/** A hostile body can be wrong in thousands of places; its sender is told the first ones. */
const MAX_ERRORS = 100;

/** @param errors what is wrong, at least one */
export function validationFailed(errors: readonly FieldError[]): ProblemError {
  const [first, ...others] = errors;
  const more = others.length === 0 ? '' : ` ${others.length} more: see errors.`;
  return new ProblemError('VALIDATION_FAILED', `${first?.pointer || 'The body'} ${first?.detail}.${more}`, {
    errors: errors.slice(0, MAX_ERRORS),
  });
}
