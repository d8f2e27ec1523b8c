import { ConfigError } from '../config/index.ts';
import { isDatabaseUnavailable } from '../database/is-database-unavailable.ts';
import { StartError } from './start-error.ts';

const TABLE_EXISTS = '42P07';
/** SQLSTATE classes: the server does not let us in, or has no such database. */
const DATABASE_REFUSES = /^(?:28|3D)[0-9A-Z]{3}$/;

/**
 * What keeps a process from starting, in one sentence for its operator; `null` when it is a fault of ours, whose stack
 * is needed.
 */
export function explainStartFailure(error: unknown): string | null {
  if (error instanceof ConfigError || error instanceof StartError) return error.message;
  if (!(error instanceof Error)) return null;
  const code = 'code' in error ? String(error.code) : '';
  if (code === TABLE_EXISTS) {
    return `The database already holds tables of somebody else (${error.message}): give each plane a database of its own.`;
  }
  if (DATABASE_REFUSES.test(code)) return `The database refuses the connection: ${error.message}.`;
  if (isDatabaseUnavailable(error)) return `The database cannot be reached: ${rootMessage(error)}.`;
  return null;
}

/** Node wraps the failures of several addresses of one host into an error without a message. */
function rootMessage(error: Error): string {
  const causes = error instanceof AggregateError ? error.errors.map(rootMessage) : [];
  return [error.message, ...causes].filter((message) => message !== '').join('; ');
}
