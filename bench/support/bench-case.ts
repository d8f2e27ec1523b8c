import type { Contender } from '../contenders/contender.ts';
import type { Side } from './samples.ts';
import type { Server } from './server.ts';
import type { Templates } from './templates.ts';

export interface BenchOptions {
  readonly tasks: number;
  readonly runs: number;
  readonly finished: number;
  /** Settings of our execution plane that differ from its defaults. */
  readonly set: Readonly<Record<string, string>>;
}

/** What the cases work with. */
export interface Bench {
  readonly server: Server;
  readonly templates: Templates;
  readonly options: BenchOptions;
  readonly taskpilot: Contender;
}

export interface BenchCase {
  /** `<name>` or `<name>-<number>`; `--only` takes either, and the name alone for all its numbers. */
  readonly id: string;
  readonly title: (options: BenchOptions) => string;
  readonly sides: (bench: Bench) => readonly Side[];
}
