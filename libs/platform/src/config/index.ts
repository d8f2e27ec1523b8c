export * from './config.ts';
export { ConfigError } from './config-error.ts';
export { type Environment, withoutPassword } from './variable.ts';
