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

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const id = isProbe(request) ? this.instance.known : await this.instance.get();
    if (id === null) return true;
    http.getResponse<FastifyReply>().header(HEADERS.dtpInstance, id);
    const expected = request.headers[HEADERS.dtpInstance];
    if (isProbe(request) || expected === undefined || expected === id) return true;
    throw new ProblemError(
      'WRONG_INSTANCE',
      `This is DTP instance ${id}, and the request expects another one. Check where DTP_URL leads.`,
    );
  }
}

/** A health check must not depend on the database, nor on which one it is; nor must a scrape, which tells when it is away. */
const isProbe = ({ url }: FastifyRequest): boolean => /^\/(?:health\/|metrics(?:\?|$))/.test(url);
