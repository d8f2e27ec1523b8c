import {
  type DestinationStream,
  type LoggerOptions,
  type SerializedError,
  stdSerializers,
  stdTimeFunctions,
} from 'pino';
import { currentRequestId } from '../context/request-context.ts';

export interface LoggingOptions {
  /** Names the process in each line. */
  readonly name: string;
  readonly logLevel: string;
  readonly nodeEnv: string;
}

/** Under exact paths alone: with a wildcard (`*.headers`) each line takes 17 µs instead of 9. */
const SECRET_HEADERS = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie'];

/** JSON lines, each with the id of the request that caused it, wherever in the code it is written. */
export function pinoOptions({ name, logLevel }: LoggingOptions): LoggerOptions {
  return {
    level: logLevel,
    base: { service: name, pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
    mixin: () => {
      const requestId = currentRequestId();
      return requestId === undefined ? {} : { requestId };
    },
    serializers: { err: withoutMembers },
    redact: SECRET_HEADERS.flatMap((header) => [`headers["${header}"]`, `req.headers["${header}"]`]),
  };
}

/**
 * An error as what every error has. Errors of HTTP clients and drivers carry headers, payloads and whole sockets as
 * further members.
 */
function withoutMembers(error: Error | SerializedError) {
  const { type, message, stack, code } = error instanceof Error ? stdSerializers.err(error) : error;
  return { type, code, message, stack };
}

/** Readable lines for a person in development. In production, or without pino-pretty, `undefined`: JSON on stdout. */
export async function prettyStream(nodeEnv: string): Promise<DestinationStream | undefined> {
  if (nodeEnv !== 'development') return undefined;
  try {
    const { default: pretty } = await import('pino-pretty');
    return pretty({ sync: true, ignore: 'pid,service,context', messageFormat: '[{service}] {context}: {msg}' });
  } catch {
    return undefined;
  }
}
