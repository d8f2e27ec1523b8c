import { rewriteModules } from './rewrite.ts';

/**
 * Failpoints: before and after every statement that changes anything, and every call between the planes, named after
 * the function and the side: `claimTasks:after`. They are put around the functions while a process of the suite loads
 * them, so they cost the product nothing, and a new statement has its own without anybody's doing.
 */
type Run = (...args: never[]) => Promise<unknown>;

const WRAP = Symbol.for('chaos.failpoint');
/** Statements take their connection first. Reads change nothing, so there is nothing to leave half done. */
const STATEMENT = /^export (async function|function) (?!find|list|is)(\w+)\(sql\b/gm;

export interface Failpoint {
  readonly name: string;
  /** The process dies when it comes by for this time. */
  readonly hit: number;
}

export const formatFailpoint = ({ name, hit }: Failpoint): string => `${name}@${hit}`;

export function parseFailpoint(text: string): Failpoint {
  const [name = '', hit] = text.split('@');
  return { name, hit: Number(hit) };
}

/** @param armed where this process is to die; `report` is told each failpoint's name when it is first passed */
export function installFailpoints(armed: Failpoint | null, report: (name: string) => void): void {
  const passed = new Map<string, number>();
  const strike = (name: string) => {
    const hits = (passed.get(name) ?? 0) + 1;
    passed.set(name, hits);
    if (hits === 1) report(name);
    if (name === armed?.name && hits === armed.hit) process.kill(process.pid, 'SIGKILL');
  };
  const wrap = (name: string, run: Run): Run =>
    async function (this: unknown, ...args) {
      strike(`${name}:before`);
      const answer = await run.apply(this, args);
      strike(`${name}:after`);
      return answer;
    };
  Object.assign(globalThis, { [WRAP]: wrap });
  rewriteModules(/\/statements\/[\w-]+\.js$/, wrapStatements);
  rewriteModules(/\/scheduler-client\/http-scheduler-client\.js$/, wrapCalls);
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
  const calls = ['createTask', 'createTasks', 'cancelTask'].map((name) => {
    const method = `HttpSchedulerClient.prototype.${name}`;
    return `${method} = ${around(name, method)};`;
  });
  return [source, ...calls].join('\n');
}

const around = (name: string, run: string) => `globalThis[Symbol.for('chaos.failpoint')]('${name}', ${run})`;
