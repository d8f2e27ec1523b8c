import type { Cluster } from '../cluster/cluster.ts';
import { Random } from '../cluster/random.ts';
import type { Behaviour } from '../proxy/behaviour.ts';
import { Losses, type LossPlan } from './losses.ts';

/** A stand-in for the proxy between the planes: it keeps how it is to behave. */
function lossy(plan: Partial<LossPlan>) {
  let behaviour: Behaviour | undefined;
  const betweenPlanes = { behave: (asked: Behaviour) => (behaviour = asked) };
  const cluster = { betweenPlanes } as unknown as Cluster;
  const losses = new Losses(cluster, new Random(1), { between: 'planes', share: 0.5, least: 1, ...plan });
  const ask = (request: string) => behaviour?.kind === 'loseAnswers' && behaviour.to(Buffer.from(request));
  return { losses, ask };
}

const CREATE = 'POST /tasks/batch HTTP/1.1\r\n';

it('loses its share, and counts', () => {
  const { losses, ask } = lossy({});
  const lost = Array.from({ length: 1_000 }, () => ask(CREATE)).filter(Boolean).length;
  expect(lost).toBeGreaterThan(400);
  expect(lost).toBeLessThan(600);
  expect(losses.notes).toEqual([`answers lost: create ${lost} of 1000, cancel 0 of 0`]);
});

it('leaves alone what it is not told of: bodies, other calls and what is spared', () => {
  const { losses, ask } = lossy({ share: 1, spare: ['cancel'] });
  expect(['{"items":[]}', 'GET /tasks/1 HTTP/1.1', 'PUT /tasks/1/cancel HTTP/1.1'].map(ask)).toEqual([
    false,
    false,
    false,
  ]);
  expect(losses.complaints).toEqual(['0 answers to create were lost, and 1 were to be']);
});

it('is content once enough were lost', () => {
  const { losses, ask } = lossy({ share: 1, spare: ['cancel'] });
  expect(ask(CREATE)).toBe(true);
  expect(losses.complaints).toEqual([]);
});
