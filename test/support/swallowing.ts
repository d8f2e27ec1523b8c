import { type AddressInfo, connect, createServer } from 'node:net';

/**
 * A way to PostgreSQL on which every statement that contains a word gets lost, while the connection stays: what a
 * firewall does that has forgotten it.
 */
export async function swallowing(word: string, url: string): Promise<{ readonly url: string; close(): void }> {
  const way = new URL(url);
  const { hostname, port } = way;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.on('data', (chunk) => chunk.includes(word) || upstream.write(chunk));
    client.on('error', () => undefined).on('close', () => upstream.destroy());
    upstream.on('error', () => undefined).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  way.hostname = '127.0.0.1';
  way.port = String((server.address() as AddressInfo).port);
  return { url: way.href, close: () => server.close() };
}
