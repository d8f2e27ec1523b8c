import { writeFileSync } from 'node:fs';
import { renderEnvExample } from '../libs/platform/src/config/env-example.ts';

writeFileSync(new URL('../.env.example', import.meta.url), renderEnvExample());
