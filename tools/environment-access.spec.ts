import { globSync, readFileSync } from 'node:fs';

const READER = 'libs/platform/src/config/environment.ts';

it('reads the environment in one place', () => {
  const offenders = globSync('{apps,libs}/**/*.ts')
    .filter((file) => file !== READER && !file.endsWith('.spec.ts'))
    .filter((file) =>
      /\bprocess\s*(?:\?\.|\.)\s*env\b|\bprocess\s*\[|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/.test(
        readFileSync(file, 'utf8'),
      ),
    );
  expect(offenders).toEqual([]);
});
