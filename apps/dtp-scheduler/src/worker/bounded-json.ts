import { normaliseText } from './normalise-text.ts';

const MAX_DEPTH = 64;

class TooLarge extends Error {}

/**
 * JSON text of anything at all, like `JSON.stringify`, but it never throws and stops as soon as the text would exceed
 * its limit: a handler's output must not stop a state change, nor hold up the process. What JSON cannot carry is
 * replaced: a BigInt by its digits; a cycle, what nests too deeply, and what cannot be read by a note in brackets.
 */
export class BoundedJson {
  private room: number;
  private readonly ancestors: object[] = [];

  private constructor(maxBytes: number) {
    this.room = maxBytes;
  }

  /** @returns `undefined` when the text would be larger than `maxBytes` in UTF-8 */
  static write(value: unknown, maxBytes: number): string | undefined {
    try {
      const text = new BoundedJson(maxBytes).write(value) ?? 'null';
      return Buffer.byteLength(text) > maxBytes ? undefined : text;
    } catch (error) {
      if (error instanceof TooLarge) return undefined;
      throw error;
    }
  }

  /** `undefined` for what JSON leaves out. */
  private write(value: unknown): string | undefined {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.spend(Number.isFinite(value) ? String(value + 0) : 'null');
      case 'boolean':
        return this.spend(String(value));
      case 'bigint':
        return this.bigint(value);
      case 'object':
        return value === null ? this.spend('null') : this.guarded(value);
      default:
        return undefined;
    }
  }

  private text(value: string): string {
    if (value.length > this.room) throw new TooLarge();
    return this.spend(JSON.stringify(normaliseText(value)));
  }

  private bigint(value: bigint): string {
    // Decimal digits of a huge number take long to work out; its bits are counted at once.
    if (BigInt.asIntN(this.room, value) !== value) throw new TooLarge();
    return this.text(String(value));
  }

  private guarded(value: object): string | undefined {
    if (this.ancestors.includes(value)) return this.spend('"[circular]"');
    if (this.ancestors.length >= MAX_DEPTH) return this.spend('"[nested too deeply]"');
    this.ancestors.push(value);
    try {
      // Of a detached view even this cannot be read.
      if (ArrayBuffer.isView(value) && value.byteLength > this.room) throw new TooLarge();
      return this.object(value);
    } catch (error) {
      // What was thrown may itself be hostile: it is not looked at any closer.
      if (error instanceof TooLarge) throw error;
      return this.spend('"[unreadable]"');
    } finally {
      this.ancestors.pop();
    }
  }

  private object(value: object): string | undefined {
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') {
      const plain: unknown = toJSON.call(value, '');
      return typeof plain === 'object' && plain !== null ? this.container(plain) : this.write(plain);
    }
    if (value instanceof Number || value instanceof String || value instanceof Boolean)
      return this.write(value.valueOf());
    return this.container(value);
  }

  private container(value: object): string {
    return Array.isArray(value) ? this.array(value) : this.members(value);
  }

  private array(items: readonly unknown[]): string {
    let written = '';
    this.spend('[]');
    for (let index = 0; index < items.length; index++) {
      if (index > 0) written += this.spend(',');
      written += this.write(items[index]) ?? this.spend('null');
    }
    return `[${written}]`;
  }

  private members(value: object): string {
    let written = '';
    this.spend('{}');
    for (const key of Object.keys(value)) {
      const member = this.write(this.read(value, key));
      if (member === undefined) continue;
      if (written !== '') written += this.spend(',');
      written += this.text(key) + this.spend(':') + member;
    }
    return `{${written}}`;
  }

  private read(value: object, key: string): unknown {
    try {
      return (value as Record<string, unknown>)[key];
    } catch {
      return '[unreadable]';
    }
  }

  private spend(text: string): string {
    this.room -= text.length;
    if (this.room < 0) throw new TooLarge();
    return text;
  }
}
