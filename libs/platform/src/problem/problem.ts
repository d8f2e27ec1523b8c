import { PROBLEMS, type Problem, type ProblemCode } from '@taskpilot/contracts';
import type { ProblemError } from './problem-error.ts';

/** The `type` of a problem: a name, not an address. */
export function problemType(code: ProblemCode): string {
  return `urn:taskpilot:problem:${code.toLowerCase().replaceAll('_', '-')}`;
}

/** The body that answers an error. `instance` is the path of the request, without its query. */
export function toProblem({ code, message, extensions }: ProblemError, instance: string, requestId: string): Problem {
  const { retryAfterS: _, ...members } = extensions;
  const { status, title } = PROBLEMS[code];
  return { type: problemType(code), title, status, detail: message, instance, code, requestId, ...members };
}

/** The path of a request target: what stands before the query. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}
