import { PROBLEM_JSON, PROBLEMS, type ProblemCode } from '../../libs/contracts/src/index.ts';
import type { Answer } from './exchange.ts';
import type { Operation } from './operations.ts';
import type { FuzzRequest } from './requests.ts';

/** What no answer may tell: our SQL, our stack, our files. */
const LEAK =
  /\bSELECT\b.+\bFROM\b|\bINSERT INTO\b|violates|duplicate key|relation "|syntax error at|\n\s+at |node_modules|\/src\/|\.[jt]s:\d/s;

/** What is wrong with an answer; `null` when nothing is. */
export function faultOf(operation: Operation, request: FuzzRequest, answer: Answer): string | null {
  const { status, contentType, text } = answer;
  if (status >= 500) return `a ${status}, while all is well`;
  const documented = operation.answers.get(status);
  if (!documented) return `the status ${status} is not documented for ${operation.id}`;
  const [mediaType] = contentType.split(';');
  if (documented.contentType !== null && mediaType !== documented.contentType) {
    return `the content type ${contentType || 'is missing'}, not ${documented.contentType}`;
  }
  const body = parse(text);
  if (body === undefined) return 'a body that is not JSON';
  const misfit = documented.faultOf(body);
  if (misfit) return `a body that does not fit its schema: ${misfit}`;
  if (!answer.headers['x-request-id']) return 'no X-Request-Id';
  if (status >= 400) return problemFault(body as Record<string, unknown>, status, documented.codes, text);
  return status === 201 ? alteration(request, body as Record<string, unknown>) : null;
}

/** What is wrong with the answer to a call that nobody documented. */
export function unroutedFault({ status, contentType, text }: Answer): string | null {
  if (status < 400 || status >= 500) return `a ${status} to a call that does not exist`;
  if (text === '') return null;
  const body = parse(text) as Record<string, unknown> | undefined;
  if (!contentType.startsWith(PROBLEM_JSON) || !body) return 'no problem document';
  return problemFault(body, status, null, text);
}

function problemFault(
  body: Record<string, unknown>,
  status: number,
  codes: readonly string[] | null,
  text: string,
): string | null {
  const code = String(body.code);
  if (PROBLEMS[code as ProblemCode]?.status !== status || body.status !== status) return `${code} under ${status}`;
  if (codes !== null && !codes.includes(code)) return `the code ${code} is not documented under ${status}`;
  const leak = LEAK.exec(text)?.[0];
  return leak ? `a leak: ${leak}` : null;
}

/** Times that may come back later than they were sent: what has passed means now. */
const CLAMPED = new Set(['runAt']);

/** Whether something of what was asked for came back as something else. */
function alteration(request: FuzzRequest, made: Record<string, unknown>): string | null {
  const sent = parse(String(request.body));
  return findAlteration(sent, made, '');
}

function findAlteration(sent: unknown, made: unknown, pointer: string): string | null {
  if (pointer !== '/payload' && isObject(sent) && isObject(made)) {
    for (const [name, value] of Object.entries(sent)) {
      if (CLAMPED.has(name)) continue;
      const found = findAlteration(value, made[name], `${pointer}/${name}`);
      if (found) return found;
    }
    return null;
  }
  const isTime = pointer === '/deadlineAt' && typeof sent === 'string';
  const same = isTime ? Date.parse(sent) === Date.parse(String(made)) : JSON.stringify(sent) === JSON.stringify(made);
  return same ? null : `${pointer} altered from ${JSON.stringify(sent)} to ${JSON.stringify(made)}`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
