import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FieldError } from '@taskpilot/contracts';
import type { FastifyRequest } from 'fastify';
import { jsonPointer } from '../json/pointer.ts';
import { takes } from './route-arguments.ts';
import { validationFailed } from './validation-failed.ts';

/** Refuses what a body says to a route that takes none: it would be ignored in silence. An empty object says nothing. */
@Injectable()
export class BodyGuard implements CanActivate {
  canActivate(context: ExecutionContext): true {
    const { body } = context.switchToHttp().getRequest<FastifyRequest>();
    if (body === undefined || takes(RouteParamtypes.BODY, context)) return true;
    const errors = findBodyFaults(body);
    if (errors.length > 0) throw validationFailed(errors);
    return true;
  }
}

function findBodyFaults(body: unknown): FieldError[] {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (!isObject) return [{ pointer: '', detail: 'is not read: this route takes no body' }];
  const detail = 'is not a known field: this route takes no body';
  return Object.keys(body).map((name) => ({ pointer: jsonPointer([name]), detail }));
}
