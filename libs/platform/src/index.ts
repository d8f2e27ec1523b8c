export { answerBatch, type Created } from './batch/answer-batch.ts';
export { BatchBody } from './batch/batch-body.ts';
export { BATCH_KEY_HEADER, BatchIdempotencyKey, batchItemKey } from './batch/batch-idempotency-key.ts';
export { readBatchItem } from './batch/read-batch-item.ts';
export { runMigration } from './bootstrap/run-migration.ts';
export { type Plane, runPlane, type ServerConfig } from './bootstrap/run-plane.ts';
export { StartError } from './bootstrap/start-error.ts';
export * from './config/index.ts';
export {
  isHurried,
  outsideRequests,
  patiently,
  type RequestContext,
  requestContext,
  runInRequestContext,
} from './context/request-context.ts';
export { assertDurability } from './database/assert-durability.ts';
export { byKey } from './database/by-key.ts';
export { createDataSource, type DatabaseOptions } from './database/create-data-source.ts';
export { DatabaseCheck, MigrationsCheck } from './database/database.checks.ts';
export { DatabaseModule } from './database/database.module.ts';
export { GroupCommit } from './database/group-commit.ts';
export { isContactLost, isDatabaseUnavailable } from './database/is-database-unavailable.ts';
export { type MigrationOptions, migrate } from './database/migrate.ts';
export { pendingMigrations } from './database/pending-migrations.ts';
export { PreparedSql } from './database/prepared-sql.ts';
export { type Sql, TypeOrmSql } from './database/sql.ts';
export { HealthModule } from './health/health.module.ts';
export { Readiness } from './health/readiness.ts';
export { ReadinessCheck } from './health/readiness-check.ts';
export { type AppOptions, configureApp } from './http/configure-app.ts';
export { decodeCursor, encodeCursor } from './http/cursor.ts';
export { createFastifyAdapter } from './http/fastify-adapter.ts';
export { IdPipe, parseId } from './http/id.ts';
export { IdempotencyKey } from './http/idempotency-key.ts';
export { readDto } from './http/read-dto.ts';
export { ValidationPipe } from './http/validation.pipe.ts';
export { validationFailed } from './http/validation-failed.ts';
export { IdSequence } from './ids/id-sequence.ts';
export { jsonPointer } from './json/pointer.ts';
export { readJson } from './json/read-json.ts';
export { LoggingModule } from './logging/logging.module.ts';
export { RateLimitedLog } from './logging/rate-limited-log.ts';
export { type DatabaseMetrics, MetricsModule } from './metrics/metrics.module.ts';
export type { SampledGauge } from './metrics/sampled-gauges.ts';
export { ApiProblems, BODY_PROBLEMS } from './openapi/api-problem.ts';
export { buildOpenApi, type OpenApiOptions, serveOpenApi } from './openapi/open-api.ts';
export { ProblemError, type ProblemExtensions } from './problem/problem-error.ts';
export { Gathering } from './timing/gathering.ts';
export { within } from './timing/within.ts';
