import { Injectable } from '@nestjs/common';
import { NativeLogger } from 'nestjs-pino';

/** Contexts in which Nest tells, line by line, how it puts an application together. */
const ASSEMBLY = new Set<unknown>([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Nest's logger, written by pino: what is of interest only to those who debug the start is said at that level. */
@Injectable()
export class PlaneLogger extends NativeLogger {
  override log(message: unknown, ...params: unknown[]): void {
    if (ASSEMBLY.has(params.at(-1))) this.debug(message, ...params);
    else super.log(message, ...params);
  }
}
