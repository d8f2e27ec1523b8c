import { ProblemError } from '@taskpilot/platform';
import type { WebTask } from '../database/entities/web-task.entity.ts';

/** @throws ProblemError BIND_REFUSED, with what DTP said, when it refuses the task */
export function assertNotRefused({ id, bindError }: WebTask): void {
  if (!bindError) return;
  throw new ProblemError('BIND_REFUSED', bindError.detail, { errors: bindError.errors, taskId: id });
}
