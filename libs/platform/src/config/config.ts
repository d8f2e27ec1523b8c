import { ConfigError } from './config-error.ts';
import { processEnvironment } from './environment.ts';
import { misspeltVariables } from './misspelt-variables.ts';
import { type Environment, parseSettings, readSettings, type Settings, settingsClass } from './variable.ts';
import { dtpVariables, launcherVariables, taskPilotVariables } from './variables.ts';

/** Settings of the control plane. Read once at start; frozen. */
export abstract class TaskPilotConfig extends settingsClass(taskPilotVariables) {}

/** Settings of the execution plane. Read once at start; frozen. */
export abstract class DtpConfig extends settingsClass(dtpVariables) {}

export type LauncherConfig = Settings<typeof launcherVariables>;

/**
 * @param env the process's own environment and its `.env` file, unless given
 * @throws ConfigError that names every variable that is missing or wrong
 */
export function loadTaskPilotConfig(env: Environment = planeEnvironment('TASKPILOT_', 'WEBDB_')): TaskPilotConfig {
  return Object.freeze(Object.assign(Object.create(TaskPilotConfig.prototype), readSettings(taskPilotVariables, env)));
}

/** Like `loadTaskPilotConfig`. */
export function loadDtpConfig(env: Environment = planeEnvironment('DTP_', 'HTTP_TASK_')): DtpConfig {
  return Object.freeze(Object.assign(Object.create(DtpConfig.prototype), readSettings(dtpVariables, env)));
}

/**
 * Settings of `npm start`. Those of both planes are checked with them, so that a mistake is told once, at the very
 * start, before anything is built or begun.
 */
export function loadLauncherConfig(env: Environment = processEnvironment()): LauncherConfig {
  const { values, problems } = parseSettings(launcherVariables, env);
  const all = new Set([
    ...problems,
    ...parseSettings({ ...taskPilotVariables, databaseUrl: launcherVariables.webdbUrl }, env).problems,
    ...parseSettings({ ...dtpVariables, databaseUrl: launcherVariables.dtpDbUrl }, env).problems,
  ]);
  if (all.size > 0) throw new ConfigError([...all]);
  return Object.freeze(values);
}

/** Each plane warns of what is misspelt under its own prefixes, so that the two together warn once. */
function planeEnvironment(...prefixes: string[]): Environment {
  const env = processEnvironment();
  for (const sentence of misspeltVariables(env, prefixes)) process.emitWarning(sentence, 'ConfigWarning');
  return env;
}
