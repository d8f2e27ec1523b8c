import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEFAULT_RETRY_POLICY, PROBLEM_JSON, PROBLEMS, type ProblemCode } from '@taskpilot/contracts';
import { canonicalHash } from '@taskpilot/dto';

/** A request as it came in. */
export interface FakeCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What to do with a call instead of serving it. */
export type Reaction =
  /** Answers this, and processes nothing. A body that is no text goes out as JSON. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Record<string, string>;
    }
  /** Cuts the connection without processing anything. */
  | { readonly kind: 'cut' }
  /** Processes the call, then cuts the connection: the answer is lost. */
  | { readonly kind: 'loseAnswer' }
  /** Serves it once the promise has resolved. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> };

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

export interface FakeTask {
  readonly id: string;
  readonly idempotencyKey: string;
  /** The body of its creation. */
  readonly body: string;
  state: string;
}

/** DTP's contract over HTTP, in memory, and misbehaving on request. */
export class FakeDtp {
  readonly calls: FakeCall[] = [];
  /** By idempotency key. */
  readonly tasks = new Map<string, FakeTask>();
  instanceId: string = randomUUID();
  /**
   * Decides what is done with a call; `undefined` serves it. It is asked about each item of a batch too, as if that had
   * come alone, and may answer.
   */
  script: (call: FakeCall) => Reaction | undefined = () => undefined;
  private server: Server;
  private port = 0;

  static async start(): Promise<FakeDtp> {
    const dtp = new FakeDtp();
    await dtp.resume();
    return dtp;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The creates that came in, by calls of their own or shared ones, whatever became of them. */
  get creates(): FakeCall[] {
    return this.calls.filter(({ method }) => method === 'POST').flatMap((call) => itemsOf(call) ?? [call]);
  }

  /** From now on connections are refused. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  /** Listens again, on the same port. */
  async resume(): Promise<void> {
    this.server = createServer((request, response) => void this.handle(request, response));
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Forgets calls, tasks and script. */
  reset(): void {
    this.calls.length = 0;
    this.tasks.clear();
    this.script = () => undefined;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    const call = { method, path, headers, body: Buffer.concat(chunks).toString() };
    this.calls.push(call);
    const reaction = this.script(call);
    if (reaction?.kind === 'cut') return void request.socket.destroy();
    if (reaction?.kind === 'hold') await reaction.until;
    const answer: Answer = reaction?.kind === 'answer' ? reaction : this.serve(call);
    if (reaction?.kind === 'loseAnswer') return void request.socket.destroy();
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    const contentType = answer.status < 400 ? 'application/json; charset=utf-8' : PROBLEM_JSON;
    response.writeHead(answer.status, {
      'content-type': contentType,
      'x-dtp-instance': this.instanceId,
      ...answer.headers,
    });
    response.end(text);
  }

  private serve(call: FakeCall): Answer {
    const { method, path, headers, body } = call;
    const expected = headers['x-dtp-instance'];
    if (expected !== undefined && expected !== this.instanceId) return problem('WRONG_INSTANCE');
    const { pathname, searchParams } = new URL(path, this.url);
    const [, , id, action] = pathname.split('/');
    const items = itemsOf(call);
    if (items) return { status: 200, body: { items: items.map((item, index) => this.createItem(item, index)) } };
    if (method === 'POST') return this.create(String(headers['idempotency-key']), body);
    if (id === undefined) {
      const task = this.tasks.get(searchParams.get('idempotencyKey') ?? '');
      return { status: 200, body: { items: task ? [view(task)] : [], nextCursor: null } };
    }
    const task = [...this.tasks.values()].find((candidate) => candidate.id === id);
    if (!task) return problem('TASK_NOT_FOUND');
    if (action === 'attempts') return { status: 200, body: { items: [] } };
    if (action !== 'cancel') return { status: 200, body: view(task) };
    if (['SUCCEEDED', 'FAILED', 'CANCELLED'].includes(task.state)) {
      return problem('TASK_NOT_CANCELLABLE', { state: task.state });
    }
    task.state = 'CANCELLED';
    return { status: 200, body: view(task) };
  }

  private createItem(item: FakeCall, index: number): object {
    const reaction = this.script(item);
    const { status, body } = reaction?.kind === 'answer' ? reaction : this.serve(item);
    const isGood = status < 400;
    return { index, status, task: isGood ? body : null, problem: isGood ? null : body };
  }

  private create(idempotencyKey: string, body: string): Answer {
    const known = this.tasks.get(idempotencyKey);
    if (known) return sameJson(known.body, body) ? { status: 200, body: view(known) } : problem('IDEMPOTENCY_MISMATCH');
    const task = { id: randomUUID(), idempotencyKey, body, state: 'QUEUED' };
    this.tasks.set(idempotencyKey, task);
    return { status: 201, body: view(task) };
  }
}

/** The items of a batch as the calls that they stand for; `null` when it is no batch. */
function itemsOf(call: FakeCall): FakeCall[] | null {
  if (call.path !== '/tasks/batch') return null;
  return JSON.parse(call.body).items.map(({ idempotencyKey, ...spec }: Record<string, unknown>) => ({
    method: 'POST',
    path: '/tasks',
    headers: { ...call.headers, 'idempotency-key': idempotencyKey },
    body: JSON.stringify(spec),
  }));
}

const sameJson = (left: string, right: string): boolean =>
  canonicalHash(JSON.parse(left)) === canonicalHash(JSON.parse(right));

/** A problem as DTP answers it. */
export function problem(code: ProblemCode, members: object = {}): { kind: 'answer'; status: number; body: object } {
  const { status, title } = PROBLEMS[code];
  const type = `urn:taskpilot:problem:${code.toLowerCase().replaceAll('_', '-')}`;
  const body = { type, title, status, detail: `${title}.`, instance: '/tasks', code, requestId: 'of-dtp', ...members };
  return { kind: 'answer', status, body };
}

function view({ id, idempotencyKey, body, state }: FakeTask): object {
  const { retryPolicy, ...spec } = JSON.parse(body);
  return { id, idempotencyKey, ...spec, retryPolicy: { ...DEFAULT_RETRY_POLICY, ...retryPolicy }, state, stateSeq: 1 };
}
