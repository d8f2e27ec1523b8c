import { isIP } from 'node:net';
import { type DynamicModule, Logger, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { NativeLogger } from 'nestjs-pino';
import { type AppOptions, configureApp } from '../http/configure-app.ts';
import { createFastifyAdapter } from '../http/fastify-adapter.ts';
import { LoggingModule } from '../logging/logging.module.ts';
import { explainStartFailure } from './explain-start-failure.ts';
import { exitOnFault, shutDownOnRequest } from './shutdown.ts';

/** What of a plane's settings the server itself needs. */
export interface ServerConfig {
  readonly nodeEnv: string;
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
}

export interface Plane<Config extends ServerConfig> {
  /** Names the process in logs. */
  readonly name: string;
  /** Reads the settings; may throw a ConfigError. */
  readonly config: () => Config;
  /** Runs before anything else: migrations, checks of the server. Throws a StartError to refuse. */
  readonly prepare?: (config: Config) => Promise<void>;
  readonly module: (config: Config) => Type | DynamicModule;
  readonly app: AppOptions;
}

/** The whole of a main.ts: starts a plane and keeps it running until it is told to stop. Never rejects. */
export async function runPlane<Config extends ServerConfig>(plane: Plane<Config>): Promise<void> {
  try {
    const config = plane.config();
    await plane.prepare?.(config);
    const app = await createApp(plane, config);
    await app.listen(config.port, config.host);
    announce(plane.name, config);
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
    abortOnError: false,
  });
  app.useLogger(app.get(NativeLogger));
  app.flushLogs();
  exitOnFault();
  configureApp(app, plane.app);
  shutDownOnRequest(app);
  return app;
}

function announce(name: string, { host, port }: ServerConfig): void {
  const logger = new Logger('Server');
  const origin = `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  logger.log(`${name} listens on ${origin}, its API is described at ${origin}/docs`);
  if (!isLoopback(host)) {
    logger.warn(
      `${host} can be reached from other machines, and NOTHING AUTHENTICATES YET: whoever gets there is obeyed`,
    );
  }
}

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127\./.test(host);
