import { HttpService } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { Histogram, Registry } from 'prom-client';

const SECONDS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** How long DTP's answers take, and how many there were of each kind. */
@Injectable()
export class DtpCallMetrics {
  private readonly seconds: Histogram<'call' | 'status'>;
  private readonly startedAt = new WeakMap<object, number>();

  constructor(registry: Registry, { axiosRef }: HttpService) {
    this.seconds = new Histogram({
      name: 'taskpilot_dtp_call_duration_seconds',
      help: 'Calls to DTP. One bind may be one call, or share one with others; status "none" is no answer at all.',
      labelNames: ['call', 'status'],
      buckets: SECONDS,
      registers: [registry],
    });
    axiosRef.interceptors.request.use(
      (config) => {
        this.startedAt.set(config, performance.now());
        return config;
      },
      undefined,
      { synchronous: true },
    );
    axiosRef.interceptors.response.use(
      (answer: AxiosResponse) => {
        this.observe(answer.config, String(answer.status));
        return answer;
      },
      (error: { readonly config?: InternalAxiosRequestConfig }) => {
        this.observe(error.config, 'none');
        throw error;
      },
    );
  }

  private observe(config: InternalAxiosRequestConfig | undefined, status: string): void {
    const startedAt = config && this.startedAt.get(config);
    if (startedAt === undefined) return;
    const path = config?.url?.split('?', 1)[0]?.replace(ID, '{id}');
    const call = `${config?.method?.toUpperCase()} ${path}`;
    this.seconds.observe({ call, status }, (performance.now() - startedAt) / 1_000);
  }
}
