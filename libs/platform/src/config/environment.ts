import { existsSync } from 'node:fs';
import { ConfigError } from './config-error.ts';
import { serviceLinks } from './misspelt-variables.ts';
import type { Environment } from './variable.ts';

/**
 * The environment of this process, completed by the `.env` file of the working directory, if there is one. What is
 * set in the environment wins. This is the one place that reads `process.env`.
 * @throws ConfigError when the file cannot be read
 */
export function processEnvironment(): Environment {
  // Before the file is read, which sets nothing that is set already.
  for (const name of serviceLinks(process.env)) delete process.env[name];
  if (existsSync('.env')) {
    try {
      process.loadEnvFile('.env');
    } catch (error) {
      throw new ConfigError([`The file .env cannot be read: ${(error as Error).message}`]);
    }
  }
  return process.env;
}
