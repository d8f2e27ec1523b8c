import type { z } from 'zod';
import { ConfigError } from './config-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** One setting: the variable that carries it, what its text must look like, and what it is for. */
export interface Variable<T = unknown> {
  readonly name: string;
  /** Its `description` completes "expected …". */
  readonly schema: z.ZodType<T, string>;
  /** One line for a person, without a full stop. */
  readonly purpose: string;
  /** The text that is taken when the variable is unset or empty. */
  readonly default?: string;
  /** The variable whose value is taken when this one is unset. */
  readonly defaultFrom?: string;
  /** May be left unset for good. */
  readonly optional?: boolean;
  /** Said when it is required and unset: what to do. */
  readonly remedy?: string;
}

export type Variables = Readonly<Record<string, Variable>>;

/** The values that a table of variables gives, by field. */
export type Settings<T extends Variables> = {
  readonly [K in keyof T]: T[K] extends { readonly schema: z.ZodType<infer V, string> }
    ? T[K] extends { readonly optional: true }
      ? V | undefined
      : V
    : never;
};

/** A class whose instances have the table's fields: a type and a dependency injection token in one. */
export function settingsClass<T extends Variables>(_table: T): abstract new () => Settings<T> {
  return class {} as unknown as abstract new () => Settings<T>;
}

/**
 * Reads every variable of the table.
 * @throws ConfigError that lists all problems, not just the first
 */
export function readSettings<T extends Variables>(table: T, env: Environment): Settings<T> {
  const { values, problems } = parseSettings(table, env);
  if (problems.length > 0) throw new ConfigError(problems);
  return values;
}

export function parseSettings<T extends Variables>(
  table: T,
  env: Environment,
): { values: Settings<T>; problems: string[] } {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [field, variable] of Object.entries(table)) {
    const source = env[variable.name] || !variable.defaultFrom ? variable.name : variable.defaultFrom;
    const text = env[source] || variable.default;
    if (text === undefined) {
      values[field] = undefined;
      if (!variable.optional && source === variable.name) problems.push(missing(variable));
      continue;
    }
    const parsed = variable.schema.safeParse(text);
    if (parsed.success) values[field] = parsed.data;
    else if (source === variable.name) problems.push(wrong(variable, text));
  }
  return { values: values as Settings<T>, problems };
}

const missing = ({ name, schema, remedy }: Variable) =>
  `${name} is not set: expected ${schema.description}.${remedy ? ` ${remedy}` : ''}`;

const wrong = ({ name, schema }: Variable, text: string) =>
  `${name} is ${JSON.stringify(withoutPassword(text).slice(0, 200))}: expected ${schema.description}.`;

/** A database URL, well-formed or not, fit to be shown. */
export const withoutPassword = (url: string): string =>
  url.replace(/:(?!\/\/).*@/s, '@').replace(/(?<=[?&]password=)[^&]*/i, '');
