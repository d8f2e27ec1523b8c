/** The settings cannot be used. The message names each variable, its value and what was expected. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /** @param problems one sentence each, at least one */
  constructor(problems: readonly string[]) {
    super(problems.length === 1 ? problems[0] : `${problems.length} settings are wrong:\n  ${problems.join('\n  ')}`);
  }
}
