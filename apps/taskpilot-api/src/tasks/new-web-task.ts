import { LIMITS } from '@taskpilot/contracts';
import {
  type CreateWebTaskDto,
  canonicalHash,
  findHeaderFaults,
  findLabelFaults,
  resolveTaskSpec,
} from '@taskpilot/dto';
import { ProblemError, validationFailed } from '@taskpilot/platform';
import type { WebTaskSpec } from './statements/insert-web-tasks.ts';

/**
 * The task that a body asks for, every default filled in; its id comes with its row.
 * @throws ProblemError VALIDATION_FAILED, or BODY_TOO_LARGE when DTP could not be sent it
 */
export function newWebTask(body: CreateWebTaskDto, key: string | null, traceparent: string | null): WebTaskSpec {
  const faults = [...findLabelFaults(body.labels ?? {}), ...findHeaderFaults(body)];
  if (faults.length > 0) throw validationFailed(faults);
  const spec = resolveTaskSpec(body);
  const bytes = Buffer.byteLength(JSON.stringify(spec));
  if (bytes > LIMITS.bodyBytes) {
    throw new ProblemError(
      'BODY_TOO_LARGE',
      `With its defaults filled in, the task takes ${bytes} bytes; DTP accepts ${LIMITS.bodyBytes}. Shorten the payload.`,
    );
  }
  return {
    ...spec,
    name: body.name,
    labels: body.labels ?? {},
    traceparent,
    idempotencyKey: key,
    requestHash: key === null ? null : canonicalHash(body),
  };
}
