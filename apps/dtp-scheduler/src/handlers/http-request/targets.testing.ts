import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DtpConfig } from '@taskpilot/platform';
import { HttpRequestHandler } from '../http-request.handler.ts';
import type { TaskContext } from '../task-handler.ts';
import { HostResolver } from './host-resolver.ts';
import { TargetGuard } from './target-guard.ts';

export interface Hit {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A real server on 127.0.0.1 that keeps what reaches it. */
export interface Target {
  readonly origin: string;
  readonly port: number;
  readonly hits: readonly Hit[];
  readonly server: Server;
}

const running: Server[] = [];

export async function startTarget(answer: RequestListener): Promise<Target> {
  const hits: Hit[] = [];
  const server = createServer(async (request, response) => {
    const { method, url: path, headers } = request;
    hits.push({ method, path, headers, body: await text(request) });
    answer(request, response);
  });
  running.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, port, hits, server };
}

export async function stopTargets(): Promise<void> {
  for (const server of running.splice(0)) {
    server.closeAllConnections();
    if (server.listening) await new Promise((closed) => server.close(closed));
  }
}

/** Answers from a list, one entry a question, the last one for ever; keeps count. */
export class ScriptedResolver extends HostResolver {
  readonly asked: string[] = [];

  constructor(private readonly answers: readonly (readonly string[])[]) {
    super();
  }

  override async resolve(host: string): Promise<readonly LookupAddress[]> {
    const answer = this.answers[Math.min(this.asked.push(host), this.answers.length) - 1] ?? [];
    return answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  }
}

export interface Rig {
  readonly nodeEnv?: DtpConfig['nodeEnv'];
  readonly allow?: readonly string[];
  readonly resolver?: HostResolver;
}

/** The handler as production wires it, but with 127.0.0.1 open and no name resolved unless told otherwise. */
export function createHandler({ nodeEnv = 'test', allow = ['127.0.0.1'], resolver }: Rig = {}): HttpRequestHandler {
  const config = Object.assign(Object.create(DtpConfig.prototype) as DtpConfig, { nodeEnv, httpTaskAllow: allow });
  return new HttpRequestHandler(new TargetGuard(config, resolver ?? new ScriptedResolver([])));
}

export function taskOf(payload: object, context: Partial<TaskContext> = {}): TaskContext {
  return {
    taskId: '019a0000-0000-7000-8000-000000000001',
    type: 'http.request',
    payload: payload as TaskContext['payload'],
    attempt: 1,
    failedAttempts: 0,
    traceparent: null,
    signal: new AbortController().signal,
    ...context,
  };
}
