import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FieldError } from '@taskpilot/contracts';
import type { FastifyRequest } from 'fastify';
import { jsonPointer } from '../json/pointer.ts';
import { takes } from './route-arguments.ts';
import { validationFailed } from './validation-failed.ts';

/**
 * Refuses what a query says twice, cannot say, or says to a route that takes no query. A guard, because pipes see only
 * the arguments that a handler declares.
 */
@Injectable()
export class QueryGuard implements CanActivate {
  canActivate(context: ExecutionContext): true {
    const url = context.switchToHttp().getRequest<FastifyRequest>().raw.url ?? '';
    const start = url.indexOf('?');
    if (start === -1) return true;
    const errors = findQueryFaults(url.slice(start + 1), takes(RouteParamtypes.QUERY, context));
    if (errors.length > 0) throw validationFailed(errors);
    return true;
  }
}

function findQueryFaults(query: string, isTaken: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const [rawName = '', rawValue = ''] = pair.split('=', 2);
    const name = decode(rawName);
    const pointer = jsonPointer([name ?? rawName]);
    if (name === null || decode(rawValue) === null) errors.push({ pointer, detail: 'is not UTF-8, percent-encoded' });
    else if (!isTaken) errors.push({ pointer, detail: 'is not a query parameter: this route takes none' });
    else if (seen.has(name)) errors.push({ pointer, detail: 'is given twice' });
    else if (decode(rawValue)?.includes('\0')) errors.push({ pointer, detail: 'holds a NUL character' });
    seen.add(name ?? rawName);
  }
  return errors;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
