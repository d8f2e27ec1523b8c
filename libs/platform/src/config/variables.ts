import {
  databaseUrl,
  flag,
  folder,
  hostList,
  hostName,
  httpUrl,
  integer,
  milliseconds,
  oneOf,
  port,
} from './schemas.ts';
import type { Variables } from './variable.ts';

const OWN_DATABASE = 'Set it, or use `npm start`, which brings a PostgreSQL of its own.';

const PREPARE =
  'Plan statements once a connection: less work for PostgreSQL, by up to half for small ones, but not through a pooler by transactions. `npm start` does, on its own PostgreSQL';

const shared = {
  nodeEnv: {
    name: 'NODE_ENV',
    schema: oneOf(['development', 'test', 'production']),
    default: 'development',
    purpose:
      'In production logs are JSON, and the echo, sleep and flaky handlers are left out. In development http.request reaches internal addresses',
  },
  host: {
    name: 'HOST',
    schema: hostName(),
    default: '127.0.0.1',
    purpose: 'Address that both planes listen on; 0.0.0.0 for every interface',
  },
  logLevel: {
    name: 'LOG_LEVEL',
    schema: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    default: 'info',
    purpose: 'Least level that is logged',
  },
  allowUnsafeDurability: {
    name: 'ALLOW_UNSAFE_DURABILITY',
    schema: flag(),
    default: '0',
    purpose: 'Run even on a PostgreSQL whose fsync, full_page_writes or synchronous_commit is off',
  },
} as const satisfies Variables;

export const taskPilotVariables = {
  ...shared,
  port: { name: 'TASKPILOT_PORT', schema: port(), default: '3000', purpose: 'Port of the control plane' },
  databaseUrl: {
    name: 'WEBDB_URL',
    schema: databaseUrl(),
    purpose: 'Database of the control plane; may lead through a pooler',
    remedy: OWN_DATABASE,
  },
  databaseDirectUrl: {
    name: 'WEBDB_DIRECT_URL',
    schema: databaseUrl(),
    defaultFrom: 'WEBDB_URL',
    purpose: 'The same database past the pooler, for migrations',
  },
  poolSize: {
    name: 'WEBDB_POOL_SIZE',
    schema: integer(1, 1000, 'connections'),
    default: '10',
    purpose: 'Most connections of one process to webdb',
  },
  prepare: {
    name: 'WEBDB_PREPARE',
    schema: flag(),
    default: '0',
    purpose: PREPARE,
  },
  dtpUrl: {
    name: 'DTP_URL',
    schema: httpUrl(),
    default: 'http://127.0.0.1:3001',
    purpose: 'Where the control plane finds DTP',
  },
  bindTimeoutMs: {
    name: 'BIND_TIMEOUT_MS',
    schema: milliseconds(1),
    default: '2000',
    purpose: 'How long a bind waits for DTP before it answers 202',
  },
  dtpTimeoutMs: {
    name: 'DTP_TIMEOUT_MS',
    schema: milliseconds(1),
    default: '5000',
    purpose:
      'How long a call to DTP may take; reads and cancels of a bound task then answer 504, and a binding is tried again',
  },
  reconcileMs: {
    name: 'RECONCILE_MS',
    schema: milliseconds(10),
    default: '1000',
    purpose: 'Interval of the reconciler, and at which TaskPilot asks DTP which instance it is',
  },
} as const satisfies Variables;

export const dtpVariables = {
  ...shared,
  port: { name: 'DTP_PORT', schema: port(), default: '3001', purpose: 'Port of the execution plane' },
  databaseUrl: {
    name: 'DTP_DB_URL',
    schema: databaseUrl(),
    purpose: 'Database of the execution plane; may lead through a pooler',
    remedy: OWN_DATABASE,
  },
  databaseDirectUrl: {
    name: 'DTP_DB_DIRECT_URL',
    schema: databaseUrl(),
    defaultFrom: 'DTP_DB_URL',
    purpose: 'The same database past the pooler, for heartbeats, LISTEN, vacuum and migrations',
  },
  poolSize: {
    name: 'DTP_DB_POOL_SIZE',
    schema: integer(1, 1000, 'connections'),
    default: '10',
    purpose: 'Most connections of one process to dtp',
  },
  prepare: {
    name: 'DTP_DB_PREPARE',
    schema: flag(),
    default: '0',
    purpose: PREPARE,
  },
  role: {
    name: 'DTP_ROLE',
    schema: oneOf(['all', 'api', 'worker']),
    default: 'all',
    purpose: 'What this process is: the API, a worker, or both',
  },
  concurrency: {
    name: 'DTP_CONCURRENCY',
    schema: integer(1, 10_000, 'tasks'),
    default: '200',
    purpose: 'Most tasks that one worker runs at once',
  },
  pollMs: {
    name: 'DTP_POLL_MS',
    schema: milliseconds(10),
    default: '1000',
    purpose: 'Interval of the worker loop, its safety net: new tasks wake it at once',
  },
  leaseMs: {
    name: 'DTP_LEASE_MS',
    schema: milliseconds(1000),
    default: '30000',
    purpose: 'How long a silent worker keeps its tasks',
  },
  drainMs: {
    name: 'DTP_DRAIN_MS',
    schema: milliseconds(0),
    default: '10000',
    purpose: 'How long running tasks may take after SIGTERM before they are handed back',
  },
  cancelGraceMs: {
    name: 'DTP_CANCEL_GRACE_MS',
    schema: milliseconds(0),
    default: '30000',
    purpose: 'How long a cancelled handler may take to stop before the task ends CANCELLED all the same',
  },
  retentionDays: {
    name: 'DTP_RETENTION_DAYS',
    schema: integer(1, 36_500, 'days'),
    default: '30',
    purpose: 'How long finished tasks are kept',
  },
  httpTaskAllow: {
    name: 'HTTP_TASK_ALLOW',
    schema: hostList(),
    default: '',
    purpose: 'Internal targets that http.request may call',
  },
} as const satisfies Variables;

/** What `npm start` decides by, before it gives each plane its environment. */
export const launcherVariables = {
  host: shared.host,
  taskPilotPort: taskPilotVariables.port,
  dtpPort: dtpVariables.port,
  dataDir: {
    name: 'DATA_DIR',
    schema: folder(),
    default: '.data',
    purpose: 'Folder in which `npm start` keeps its PostgreSQL',
  },
  webdbUrl: { ...taskPilotVariables.databaseUrl, optional: true },
  dtpDbUrl: { ...dtpVariables.databaseUrl, optional: true },
  dtpUrl: { name: 'DTP_URL', schema: httpUrl(), optional: true, purpose: taskPilotVariables.dtpUrl.purpose },
  dtpDrainMs: dtpVariables.drainMs,
} as const satisfies Variables;
