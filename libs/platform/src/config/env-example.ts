import type { Variable, Variables } from './variable.ts';
import { dtpVariables, launcherVariables, taskPilotVariables } from './variables.ts';

const HEADER = `# Settings of TaskPilot and DTP, with their defaults. Copy to .env, uncomment what you change.
# What the environment sets wins over .env. A value that makes no sense stops the start and is named.
# Written by \`npm run generate:env\` from libs/platform/src/config/variables.ts: change it there.`;

/** The text of `.env.example`: every variable once, with its default, unit and purpose. */
export function renderEnvExample(): string {
  const seen = new Set<string>();
  const section = (title: string, ...tables: Variables[]) => {
    const lines = tables
      .flatMap((table) => Object.values(table))
      .filter(({ name }) => !seen.has(name) && seen.add(name))
      .map(renderVariable);
    return [`# --- ${title} ---`, ...lines].join('\n\n');
  };
  const both = Object.fromEntries(Object.entries(taskPilotVariables).filter(([field]) => inBoth(field)));
  const sections = [
    section('Both planes', both),
    section('TaskPilot, the control plane', taskPilotVariables),
    section('DTP, the execution plane', dtpVariables),
    section('npm start', launcherVariables),
  ];
  return `${[HEADER, ...sections].join('\n\n')}\n`;
}

const inBoth = (field: string) =>
  (dtpVariables as Variables)[field]?.name === (taskPilotVariables as Variables)[field]?.name;

function renderVariable({ name, purpose, schema, default: value, defaultFrom, remedy }: Variable): string {
  const unset = defaultFrom ? ` Default: ${defaultFrom}.` : remedy ? ' Required, except by npm start.' : '';
  return `# ${purpose}.\n# Takes ${schema.description}.${unset}\n# ${name}=${value ?? ''}`;
}
