import type { LoadOptions } from '../support/load.ts';
import { HttpConnection } from './http-connection.ts';

const options = JSON.parse(process.argv[2] ?? '') as LoadOptions;
const url = new URL(options.url);
const task = { ...(options.kind === 'lifecycle' && { name: 'bench' }), type: 'echo', payload: { hello: 'world' } };
const body = JSON.stringify(
  options.kind === 'batch' ? { items: Array.from({ length: options.batch ?? 0 }, () => task) } : task,
);

const opening = Array.from({ length: options.connections }, () => HttpConnection.open(url));
const connections = await Promise.all(opening);
await send(options.warmUp);
const started = performance.now();
const times = await send(options.requests);
const rate = (options.requests * 1_000) / (performance.now() - started);
for (const connection of connections) connection.close();
process.send?.({ startedAt: performance.timeOrigin + started, rate, times }, () => process.exit());

/** Each connection takes the next request as soon as its last was answered. Resolves to what each took, ms. */
async function send(requests: number): Promise<number[]> {
  let left = requests;
  const taken: number[] = [];
  const loop = async (connection: HttpConnection) => {
    while (left-- > 0) {
      const asked = performance.now();
      await request(connection);
      taken.push(performance.now() - asked);
    }
  };
  await Promise.all(connections.map(loop));
  return taken;
}

async function request(connection: HttpConnection): Promise<void> {
  if (options.kind === 'batch') {
    await expectStatus([200], connection.post(url.pathname, body));
    return;
  }
  const created = await expectStatus([201], connection.post(url.pathname, body));
  if (options.kind === 'post') return;
  const { id } = JSON.parse(created) as { id: string };
  await expectStatus([200, 202], connection.post(`${url.pathname}/${id}/scheduler`, ''));
}

async function expectStatus(expected: readonly number[], answer: ReturnType<HttpConnection['post']>): Promise<string> {
  const { status, body: text } = await answer;
  if (!expected.includes(status)) throw new Error(`POST was answered ${status}: ${text}`);
  return text;
}
