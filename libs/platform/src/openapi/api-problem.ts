import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { HEADERS, PROBLEM_JSON, PROBLEMS, type ProblemCode } from '@taskpilot/contracts';
import { ProblemDto } from '@taskpilot/dto';
import { problemType } from '../problem/problem.ts';

/** What every route that takes a body can answer. */
export const BODY_PROBLEMS = [
  'MALFORMED_JSON',
  'VALIDATION_FAILED',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
] as const satisfies readonly ProblemCode[];

/** What every route can answer. */
const EVERYWHERE = ['BAD_REQUEST', 'VALIDATION_FAILED', 'HEADERS_TOO_LARGE', 'INTERNAL'] as const;

const SENDS_RETRY_AFTER: ReadonlySet<number> = new Set([503, 504]);

/**
 * Documents all the problems that a route answers with, beside those that every route can: once for a route, because
 * of two responses with the same status only one would be kept. The statuses are the contract's.
 */
export function ApiProblems(...codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator {
  const byStatus = Map.groupBy(new Set([...codes, ...EVERYWHERE]), (code) => PROBLEMS[code].status);
  const responses = [...byStatus].map(([status, group]) => ApiResponse(response(status, group)));
  return applyDecorators(ApiExtraModels(ProblemDto), ...responses);
}

function response(status: number, codes: readonly ProblemCode[]) {
  const retryAfter = { description: 'Seconds to wait before trying again.', schema: { type: 'integer' as const } };
  return {
    status,
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join('\n\n'),
    ...(SENDS_RETRY_AFTER.has(status) ? { headers: { [HEADERS.retryAfter]: retryAfter } } : {}),
    content: {
      [PROBLEM_JSON]: {
        schema: { $ref: getSchemaPath(ProblemDto) },
        examples: Object.fromEntries(codes.map((code) => [code, { value: example(code) }])),
      },
    },
  };
}

function example(code: ProblemCode) {
  const { status, title } = PROBLEMS[code];
  const members = code === 'TASK_NOT_CANCELLABLE' ? { state: 'SUCCEEDED' } : {};
  const errors = code === 'VALIDATION_FAILED' ? { errors: [{ pointer: '/type', detail: 'is required' }] } : {};
  return {
    type: problemType(code),
    title,
    status,
    detail: `${title}.`,
    instance: '/tasks',
    code,
    requestId: 'nightly-42',
    ...members,
    ...errors,
  };
}
