import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 1;

/** Creates an `echo` task over DTP's HTTP. Resolves to its id. */
export async function postEcho(dtpUrl: string): Promise<string> {
  const created = await fetch(`${dtpUrl}/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'echo', payload: { hello: 'world' } }),
  });
  if (created.status !== 201) throw new Error(`POST /tasks answered ${created.status}: ${await created.text()}`);
  return ((await created.json()) as { id: string }).id;
}

/** From `POST /tasks` to `SUCCEEDED` as its caller sees it, polling every millisecond. Resolves to ms. */
export async function postUntilSucceeded(dtpUrl: string): Promise<number> {
  const started = performance.now();
  await untilSucceeded(dtpUrl, await postEcho(dtpUrl));
  return performance.now() - started;
}

export async function untilSucceeded(dtpUrl: string, id: string): Promise<void> {
  for (;;) {
    const { state } = (await (await fetch(`${dtpUrl}/tasks/${id}`)).json()) as { state: string };
    if (state === 'SUCCEEDED') return;
    await delay(POLL_MS);
  }
}
