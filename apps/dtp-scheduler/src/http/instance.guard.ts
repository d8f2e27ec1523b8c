import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { HEADERS } from '@taskpilot/contracts';
import { ProblemError } from '@taskpilot/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InstanceId } from '../database/instance-id.ts';

/**
 * Tells callers which database answers them, and refuses those that expect another: a misrouted control plane must
 * not create tasks where it will not look for them.
 */
@Injectable()
export class InstanceGuard implements CanActivate {
  constructor(private readonly instance: InstanceId) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    http.getResponse<FastifyReply>().header(HEADERS.dtpInstance, this.instance.id);
    const expected = http.getRequest<FastifyRequest>().headers[HEADERS.dtpInstance];
    if (expected === undefined || expected === this.instance.id) return true;
    throw new ProblemError(
      'WRONG_INSTANCE',
      `This is DTP instance ${this.instance.id}, and the request expects another one. Check where DTP_URL leads.`,
    );
  }
}
