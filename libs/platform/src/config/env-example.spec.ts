import { readFileSync } from 'node:fs';
import { renderEnvExample } from './env-example.ts';
import type { Variables } from './variable.ts';
import { dtpVariables, launcherVariables, taskPilotVariables } from './variables.ts';

const stored = readFileSync('.env.example', 'utf8');
const all = [taskPilotVariables, dtpVariables, launcherVariables].flatMap((table: Variables) => Object.values(table));

describe('.env.example', () => {
  it('is fresh: if not, `npm run generate:env` writes it again', () => {
    expect(stored).toBe(renderEnvExample());
  });

  it.each([...new Set(all.map(({ name }) => name))])('shows %s once', (name) => {
    expect(stored.match(new RegExp(`^# ${name}=`, 'gm'))).toHaveLength(1);
  });

  it('shows defaults that are accepted', () => {
    for (const { schema, default: text } of all) {
      if (text !== undefined) expect(schema.safeParse(text).success).toBe(true);
    }
  });
});
