import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { type LoggingOptions, pinoOptions, prettyStream } from './pino-options.ts';
import { PlaneLogger } from './plane-logger.ts';
import { stdoutStream } from './stdout-stream.ts';

/**
 * Writes what goes through Nest's `Logger` by pino. `logger.warn('text', { taskId })` puts the members beside the text.
 * `runPlane` imports it; modules just use `Logger` of `@nestjs/common`.
 */
@Module({})
export class LoggingModule {
  static forPlane(options: LoggingOptions): DynamicModule {
    const pino = LoggerModule.forRootAsync({
      useFactory: async () => {
        const stream = (await prettyStream(options.nodeEnv)) ?? stdoutStream();
        return {
          pinoHttp: [pinoOptions(options), stream],
          nativeLogger: { flattenParams: true },
          // Its middleware makes a child logger for each request; the request id comes by the mixin, for nothing.
          forRoutes: [],
        };
      },
    });
    return { module: LoggingModule, imports: [pino], providers: [PlaneLogger], exports: [PlaneLogger] };
  }
}
