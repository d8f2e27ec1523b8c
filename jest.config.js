const CHAOS = 'test/chaos/chaos.spec.ts';
const MUTANTS = 'test/chaos/mutants.spec.ts';

const swc = [
  '@swc/jest',
  {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      target: 'es2023',
    },
    module: { type: 'es6' },
  },
];

const shared = {
  transform: { '^.+\\.ts$': swc },
  extensionsToTreatAsEsm: ['.ts'],
  // The libraries' aliases alone: a mapper that touches relative imports would rewrite those inside node_modules too.
  moduleNameMapper: { '^@taskpilot/(contracts|dto|platform)$': '<rootDir>/libs/$1/src/index.ts' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.data/'],
};

/**
 * `unit` needs nothing; `integration` has a PostgreSQL of its own; `chaos` and `mutants` kill theirs, and run by
 * themselves: beside them nothing that measures a time would hold.
 */
export default {
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{apps,libs,tools}/**/*.spec.ts'] },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/**/*.spec.ts'],
      testPathIgnorePatterns: [CHAOS, MUTANTS],
      globalSetup: '<rootDir>/test/support/start-postgres.ts',
      globalTeardown: '<rootDir>/test/support/stop-postgres.ts',
    },
    { ...shared, displayName: 'chaos', testMatch: [`<rootDir>/${CHAOS}`] },
    { ...shared, displayName: 'mutants', testMatch: [`<rootDir>/${MUTANTS}`] },
  ],
  testTimeout: 30_000,
  // Half of what the integration tests do is wait.
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/test/support/tally-reporter.ts'],
};
