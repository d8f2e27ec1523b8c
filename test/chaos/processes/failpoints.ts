import { globSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { built } from '../../../tools/build.ts';
import { rewriteModules } from './rewrite.ts';

/**
 * Failpoints: before and after every statement that changes anything, and every call between the planes, named after
 * the function and the side: `claimTasks:after`. They are put around the functions while a process of the suite loads
 * them, so they cost the product nothing, and a new statement has its own without anybody's doing.
 */
type Run = (...args: never[]) => Promise<unknown>;

const WRAP = Symbol.for('chaos.failpoint');
/** Statements take their connection first. Reads change nothing, so there is nothing to leave half done. */
const STATEMENT = /^export (async function|function) (?!find|list|is|read)(\w+)\(sql\b/gm;
const STATEMENTS = /\/(?:statements\/[\w-]+|retention\/forget-keys)\.js$/;
const CALLER = /\/scheduler-client\/http-scheduler-client\.js$/;
const CALLS = ['createTask', 'createTasks', 'cancelTask'];

/** Every failpoint of an app, as it is built. */
export function failpointsOf(app: string): string[] {
  const files = globSync('**/*.js', { cwd: dirname(built(app, 'main')) }).map((file) => built(app, file.slice(0, -3)));
  const statements = files
    .filter((file) => STATEMENTS.test(file))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(STATEMENT)].map(([, , name]) => String(name)));
  const calls = files.some((file) => CALLER.test(file)) ? CALLS : [];
  return [...statements, ...calls].sort().flatMap((name) => [`${name}:before`, `${name}:after`]);
}

/**
 * The process dies when it comes by the failpoint that is armed.
 * @param report is told each failpoint's name when it is first passed
 * @returns arms another failpoint
 */
export function installFailpoints(first: string | null, report: (name: string) => void): (failpoint: string) => void {
  const passed = new Set<string>();
  let armed = first;
  const strike = (name: string) => {
    if (!passed.has(name)) report(name);
    passed.add(name);
    if (name === armed) process.kill(process.pid, 'SIGKILL');
  };
  const wrap = (name: string, run: Run): Run =>
    async function (this: unknown, ...args) {
      strike(`${name}:before`);
      const answer = await run.apply(this, args);
      strike(`${name}:after`);
      return answer;
    };
  Object.assign(globalThis, { [WRAP]: wrap });
  rewriteModules(STATEMENTS, wrapStatements);
  rewriteModules(CALLER, wrapCalls);
  return (failpoint) => {
    armed = failpoint;
  };
}

function wrapStatements(source: string): string {
  const names: string[] = [];
  const renamed = source.replace(STATEMENT, (_match, keyword: string, name: string) => {
    names.push(name);
    return `${keyword} unwrapped_${name}(sql`;
  });
  const exports = names.map((name) => `export const ${name} = ${around(name, `unwrapped_${name}`)};`);
  return [renamed, ...exports].join('\n');
}

function wrapCalls(source: string): string {
  const calls = CALLS.map((name) => {
    const method = `HttpSchedulerClient.prototype.${name}`;
    return `${method} = ${around(name, method)};`;
  });
  return [source, ...calls].join('\n');
}

const around = (name: string, run: string) => `globalThis[Symbol.for('chaos.failpoint')]('${name}', ${run})`;
