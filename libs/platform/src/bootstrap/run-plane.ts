import { flushCompileCache } from 'node:module';
import { isIP } from 'node:net';
import { type DynamicModule, Logger, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type AppOptions, configureApp } from '../http/configure-app.ts';
import { createFastifyAdapter } from '../http/fastify-adapter.ts';
import { LoggingModule } from '../logging/logging.module.ts';
import { PlaneLogger } from '../logging/plane-logger.ts';
import { explainStartFailure } from './explain-start-failure.ts';
import { exitOnFault, shutDownOnRequest } from './shutdown.ts';
import { shutdownLimitMs } from './shutdown-limit.ts';
import { StartError } from './start-error.ts';

/** What of a plane's settings the server itself needs. */
export interface ServerConfig {
  readonly nodeEnv: string;
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  /** How long running tasks may take at the end, in milliseconds. */
  readonly drainMs?: number;
}

export interface Plane<Config extends ServerConfig> {
  /** Names the process in logs. */
  readonly name: string;
  /** Reads the settings; may throw a ConfigError. */
  readonly config: () => Config;
  readonly module: (config: Config) => Type | DynamicModule;
  readonly app: AppOptions;
}

/** The whole of a main.ts: starts a plane and keeps it running until it is told to stop. Never rejects. */
export async function runPlane<Config extends ServerConfig>(plane: Plane<Config>): Promise<void> {
  try {
    const config = plane.config();
    const app = await createApp(plane, config);
    await listen(app, config);
    announce(plane.name, config);
    // Node does it on exit; one that is killed would never have done it.
    flushCompileCache();
  } catch (error) {
    const explanation = explainStartFailure(error);
    process.stderr.write(`${plane.name}: ${explanation ?? (error instanceof Error ? error.stack : error)}\n`);
    process.exit(1);
  }
}

async function createApp<Config extends ServerConfig>(plane: Plane<Config>, config: Config) {
  const root: DynamicModule = {
    module: class Plane {},
    imports: [LoggingModule.forPlane({ name: plane.name, ...config }), plane.module(config)],
  };
  const app = await NestFactory.create<NestFastifyApplication>(root, createFastifyAdapter(), {
    bufferLogs: true,
    // What Nest says of a failed start stays unsaid: our own sentence says it.
    autoFlushLogs: false,
    abortOnError: false,
  });
  app.useLogger(app.get(PlaneLogger, { strict: false }));
  app.flushLogs();
  exitOnFault();
  configureApp(app, plane.app);
  shutDownOnRequest(app, shutdownLimitMs(config.drainMs));
  return app;
}

/** Told apart from other failures here: a host that cannot be resolved looks the same as a database's. */
async function listen(app: NestFastifyApplication, { host, port }: ServerConfig): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartError(
      code === 'EADDRINUSE'
        ? `Port ${port} of ${host} is taken: stop whoever listens there, or choose another port.`
        : `Cannot listen on port ${port} of ${host}: ${message}.`,
      { cause: error },
    );
  }
}

function announce(name: string, { host, port, nodeEnv }: ServerConfig): void {
  const logger = new Logger('Server');
  const origin = `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  logger.log(`${name} listens on ${origin}, its API is described at ${origin}/docs`);
  if (!isLoopback(host)) {
    logger.warn(
      `${host} can be reached from other machines, and NOTHING AUTHENTICATES YET: whoever gets there is obeyed` +
        (nodeEnv === 'production'
          ? ''
          : `. NODE_ENV is ${nodeEnv}: set it to production to close what is open for trying out`),
    );
  }
}

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127\./.test(host);
