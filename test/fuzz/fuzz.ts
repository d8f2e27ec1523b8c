import fc from 'fast-check';
import { type Answer, Exchange } from './exchange.ts';
import { type Operation, PLANE_NAMES, type PlaneName, readOperations } from './operations.ts';
import { type FuzzRequest, type Known, requestsFor } from './requests.ts';
import { faultOf, unroutedFault } from './verdict.ts';

export interface FuzzOptions {
  readonly urls: Readonly<Record<PlaneName, string>>;
  readonly requests: number;
  readonly seed: number;
  /** Requests under way at once: few enough that no queue for the database grows. */
  readonly concurrency: number;
}

export interface Finding {
  readonly fault: string;
  readonly curl: string;
  readonly answer: string;
  readonly times: number;
}

export interface FuzzReport {
  /** One for each kind of fault, with its first request. */
  readonly findings: readonly Finding[];
  /** Answers by operation and status. */
  readonly counts: ReadonlyMap<string, number>;
}

/** How many ids a request may choose from: few, so that one meets the same task again. */
const REMEMBERED = 500;
const BATCH = 200;

interface Planned {
  readonly operation: Operation | null;
  readonly plane: PlaneName;
  readonly make: (known: Known) => FuzzRequest;
}

/** Sends requests made from our own OpenAPI documents to both planes, and checks every answer by them. */
export async function fuzz({ urls, requests, seed, concurrency }: FuzzOptions): Promise<FuzzReport> {
  const exchanges = { api: new Exchange(urls.api), dtp: new Exchange(urls.dtp) };
  const known: Record<PlaneName, Known> = { api: { ids: [], cursors: [] }, dtp: { ids: [], cursors: [] } };
  const findings = new Map<string, Finding>();
  const counts = new Map<string, number>();
  const plans = planRequests(requests, seed);
  const run = async () => {
    for (const { operation, plane, make } of plans) {
      const request = make(known[plane]);
      const exchange = exchanges[plane];
      const answer = await exchange.send(request).catch((error: Error) => error);
      const name = operation?.id ?? 'undocumented';
      const status = answer instanceof Error ? 'none' : answer.status;
      counts.set(`${plane} ${name} ${status}`, (counts.get(`${plane} ${name} ${status}`) ?? 0) + 1);
      const fault = judge(operation, request, answer);
      if (!(answer instanceof Error)) remember(known[plane], answer);
      if (fault === null) continue;
      const kind = `${plane} ${name}: ${fault}`;
      const text = answer instanceof Error ? answer.message : `${answer.status} ${answer.text.slice(0, 1_000)}`;
      const first = findings.get(kind) ?? { fault: kind, curl: exchange.curl(request), answer: text, times: 0 };
      findings.set(kind, { ...first, times: first.times + 1 });
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, run));
  } finally {
    for (const exchange of Object.values(exchanges)) exchange.close();
  }
  return { findings: [...findings.values()], counts };
}

function judge(operation: Operation | null, request: FuzzRequest, answer: Answer | Error): string | null {
  if (answer instanceof Error) return `no answer: ${answer.message}`;
  return operation ? faultOf(operation, request, answer) : unroutedFault(answer);
}

/** The same seed plans the same requests, but for what they take from earlier answers. */
function* planRequests(requests: number, seed: number): Generator<Planned> {
  const operations = PLANE_NAMES.flatMap(readOperations);
  const documented = operations.map((operation) => ({
    // What changes something is worth more tries than what reads.
    weight: operation.method === 'GET' ? 2 : 5,
    arbitrary: requestsFor(operation).map((make): Planned => ({ operation, plane: operation.plane, make })),
  }));
  const any = fc.oneof(...documented, { weight: 1, arbitrary: undocumented(operations) });
  for (let sent = 0; sent < requests; sent += BATCH) {
    yield* fc.sample(any, { seed: seed + sent, numRuns: Math.min(BATCH, requests - sent) });
  }
}

/** Calls that no document knows: other methods, other paths. */
function undocumented(operations: readonly Operation[]): fc.Arbitrary<Planned> {
  const isKnown = (plane: PlaneName, method: string, path: string) =>
    operations.some((known) => known.plane === plane && known.method === method && known.path === path);
  const id = '019aa0f5-7c1e-7b3a-9d0e-3f6a5c2b1d00';
  return fc
    .record({
      operation: fc.constantFrom(...operations),
      method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'),
      end: fc.constantFrom('', '/', '/x', '//', '/..', '%2f'),
      body: fc.constantFrom(null, '{}', 'x'),
    })
    .filter(({ operation: { plane, path }, method, end }) => end !== '' || !isKnown(plane, method, path))
    .map(({ operation: { plane, path }, method, end, body }) => ({
      operation: null,
      plane,
      make: () => ({ method, target: path.replaceAll('{id}', id) + end, headers: {}, body }),
    }));
}

function remember(known: Known, { status, text }: Answer): void {
  if (status >= 300) return;
  const { id, items, nextCursor } = JSON.parse(text) as { id?: string; items?: { id?: string }[]; nextCursor?: string };
  for (const made of [id, ...(items ?? []).slice(0, 3).map((item) => item.id)]) {
    if (made && !known.ids.includes(made)) known.ids.push(made);
  }
  if (nextCursor) known.cursors.push(nextCursor);
  for (const list of [known.ids, known.cursors]) list.splice(0, Math.max(0, list.length - REMEMBERED));
}
