/** The arrows of this repository. Each rule carries its reason; `npm run check` fails on any violation. */
const app = (name) => `^apps/${name}/src`;
const DTP = app('dtp-scheduler');
const library = (name) => `^libs/${name}/`;
const DATABASE_DRIVERS = '^(pg|typeorm|@nestjs/typeorm)$|node_modules/(pg|typeorm|@nestjs/typeorm)/';
const QUEUE_PORTS = [`${DTP}/queue/task-queue\\.ts$`, `${DTP}/queue/.*\\.port\\.ts$`];
const ASSEMBLY = '\\.module\\.ts$';
const SPEC = '\\.spec\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A cycle has no first file to read, and its modules may see each other half-initialised.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'An import that the tool cannot follow would slip past every rule below.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'contracts-import-nothing',
      comment: 'The contract is what both planes and any client can take as it is: no library may come along.',
      severity: 'error',
      from: { path: library('contracts'), pathNot: SPEC },
      to: { pathNot: library('contracts') },
    },
    {
      name: 'dto-to-contracts-only',
      comment: 'A DTO says how the contract is checked and documented; it knows no server.',
      severity: 'error',
      from: { path: library('dto') },
      to: { path: '^(apps|libs)/', pathNot: [library('dto'), library('contracts')] },
    },
    {
      name: 'lib-not-to-app',
      comment: 'What is shared must not know who shares it.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'app-not-to-app',
      comment: 'The planes meet over REST alone: either can be deployed, replaced and fail without the other.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'source-not-to-tools-or-tests',
      comment: 'What ships must not need what does not.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: SPEC },
      to: { path: '^(tools|test|bench)/' },
    },
    {
      name: 'domain-to-contracts-only',
      comment: 'The rules of a task are pure: no Nest, no ORM, no clock. That is what makes them provable.',
      severity: 'error',
      from: { path: `${DTP}/domain/`, pathNot: SPEC },
      to: { pathNot: [`${DTP}/domain/`, library('contracts')] },
    },
    {
      name: 'queue-through-its-port',
      comment: 'Worker, maintenance and HTTP see the TaskQueue port: they can be tested without PostgreSQL.',
      severity: 'error',
      from: { path: `${DTP}/(worker|maintenance|http)/`, pathNot: ASSEMBLY },
      to: { path: `${DTP}/queue/`, pathNot: QUEUE_PORTS },
    },
    {
      name: 'handlers-apart',
      comment: 'A handler does its work and says how it went. When and how often it runs is not its affair.',
      severity: 'error',
      from: { path: `${DTP}/handlers/` },
      to: { path: `${DTP}/(queue|worker|maintenance|http|database)/` },
    },
    {
      name: 'sql-in-its-place',
      comment:
        'SQL has one home in each app, so that a change of the schema has one place to look. Stores read entities.',
      severity: 'error',
      from: { path: '^apps/', pathNot: ['^apps/[^/]+/src/(queue|database)/', '^apps/taskpilot-api/.*-store\\.ts$'] },
      to: { path: DATABASE_DRIVERS },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
