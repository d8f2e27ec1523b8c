import type { Environment } from './variable.ts';
import { dtpVariables, launcherVariables, taskPilotVariables } from './variables.ts';

const known = new Set(
  [taskPilotVariables, dtpVariables, launcherVariables].flatMap((table) =>
    Object.values(table).map(({ name }) => name),
  ),
);

/** Kubernetes sets these in every pod beside a Service called `dtp` or `taskpilot`. */
const SERVICE_LINK = /_SERVICE_(?:HOST|PORT)|_PORT_\d+_(?:TCP|UDP|SCTP)/;
/** And this, where our own port would stand: `DTP_PORT=tcp://10.0.0.7:3001`. */
const LINKED_PORT = /^(?:tcp|udp|sctp):\/\//;

/** The names under which Kubernetes says something of such a Service, and which are those of our settings. */
export function serviceLinks(env: Environment): string[] {
  return Object.keys(env).filter((name) => name.endsWith('_PORT') && LINKED_PORT.test(env[name] ?? ''));
}

/** One sentence for each variable that looks like one of ours and is not. */
export function misspeltVariables(env: Environment, prefixes: readonly string[]): string[] {
  return Object.keys(env)
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
    .filter((name) => !known.has(name) && !SERVICE_LINK.test(name))
    .map((name) => {
      const near = nearest(name);
      return `${name} is not a setting and is ignored${near ? `; did you mean ${near}?` : ''}`;
    });
}

function nearest(name: string): string | undefined {
  const [best] = [...known]
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= 3 ? best.candidate : undefined;
}

/** Levenshtein, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...b].entries()) {
      const substituted = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(substituted, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
