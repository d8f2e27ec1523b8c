import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpModule, HttpService } from '@nestjs/axios';
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { TaskPilotConfig } from '@taskpilot/platform';
import { DtpCallMetrics } from '../metrics/dtp-call-metrics.ts';
import { DtpInstance } from './dtp-instance.ts';
import { DtpInstanceStore } from './dtp-instance-store.ts';
import { HttpSchedulerClient } from './http-scheduler-client.ts';
import { InstanceWatch } from './instance-watch.ts';
import { SchedulerClient } from './scheduler-client.ts';

/** Twice the longest answer of DTP's: the latest thousand attempts, the error of each at most 8 KiB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_SOCKETS = 128;

@Module({
  imports: [
    HttpModule.registerAsync({
      inject: [TaskPilotConfig],
      useFactory: (config: TaskPilotConfig) => ({
        baseURL: config.dtpUrl,
        httpAgent: new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
        httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
        proxy: false,
        maxRedirects: 0,
        maxContentLength: MAX_ANSWER_BYTES,
        responseType: 'arraybuffer',
        decompress: false,
        headers: { 'accept-encoding': 'identity', accept: 'application/json, application/problem+json' },
        transformRequest: (body: unknown) => body,
        transformResponse: (body: unknown) => body,
        validateStatus: () => true,
      }),
    }),
  ],
  providers: [
    DtpCallMetrics,
    DtpInstance,
    DtpInstanceStore,
    InstanceWatch,
    { provide: SchedulerClient, useClass: HttpSchedulerClient },
  ],
  exports: [SchedulerClient, DtpInstance],
})
export class SchedulerClientModule implements OnApplicationShutdown {
  constructor(private readonly http: HttpService) {}

  onApplicationShutdown(): void {
    const { httpAgent, httpsAgent } = this.http.axiosRef.defaults;
    (httpAgent as HttpAgent).destroy();
    (httpsAgent as HttpsAgent).destroy();
  }
}
