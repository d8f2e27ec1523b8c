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
    else if (this.isOn('info')) super.log(message, ...params);
  }

  override debug(message: unknown, ...params: unknown[]): void {
    if (this.isOn('debug')) super.debug(message, ...params);
  }

  /** Asked first, since a line is put together before pino finds that it is not wanted: 10 µs of each request. */
  private isOn(level: 'info' | 'debug'): boolean {
    return this.logger.logger.isLevelEnabled(level);
  }
}
