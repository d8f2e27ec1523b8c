import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** What a handler did, written down outside every database: what has happened stands there, whatever is rolled back. */
export interface Effect {
  readonly taskId: string;
  readonly attempt: number;
  readonly pid: number;
  /** `stop`: the handler was told to stop; a stubborn one goes on. */
  readonly phase: 'start' | 'end' | 'stop';
  /** ms since 1970, by the real clock. */
  readonly at: number;
}

/** Appends to the log. One short write with O_APPEND: lines of many processes do not mix, and none is torn by a kill. */
export class EffectWriter {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  write({ taskId, attempt, pid, phase, at }: Effect): void {
    writeSync(this.#file, `${taskId} ${attempt} ${pid} ${phase} ${at}\n`);
  }
}

/** Reads a log that still grows. */
export class EffectReader {
  readonly #file: number;
  readonly #buffer = Buffer.allocUnsafe(1 << 20);
  #rest = '';

  constructor(path: string) {
    this.#file = openSync(path, 'a+');
  }

  /** What was appended since the last call. */
  read(): Effect[] {
    let text = this.#rest;
    for (;;) {
      const bytes = readSync(this.#file, this.#buffer, 0, this.#buffer.length, this.#position);
      if (bytes === 0) break;
      this.#position += bytes;
      text += this.#buffer.toString('latin1', 0, bytes);
    }
    const lines = text.split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.map(parse);
  }

  close(): void {
    closeSync(this.#file);
  }

  #position = 0;
}

function parse(line: string): Effect {
  const [taskId = '', attempt, pid, phase, at] = line.split(' ');
  return { taskId, attempt: Number(attempt), pid: Number(pid), phase: phase as Effect['phase'], at: Number(at) };
}
