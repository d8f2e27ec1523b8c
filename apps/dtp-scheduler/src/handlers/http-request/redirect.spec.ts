import { NonRetryableFailure } from '../task-handler.ts';
import type { HttpAnswer, OutgoingRequest } from './http-message.ts';
import { redirectedRequest } from './redirect.ts';
import { createHandler, startTarget, stopTargets, taskOf } from './targets.testing.ts';

const headers = { authorization: 'Bearer t', cookie: 'c=1', 'content-type': 'text/plain', 'x-own': '1' };
const request = (method: string): OutgoingRequest => ({
  method,
  url: new URL('https://a.example/dir/page?q=1'),
  headers,
  body: Buffer.from('text'),
});
const answer = (status: number, location?: string): HttpAnswer => ({
  status,
  headers: location === undefined ? {} : { location },
  body: '',
  truncated: false,
});

it.each([
  [301, 'POST', 'GET'],
  [302, 'POST', 'GET'],
  [303, 'POST', 'GET'],
  [303, 'PUT', 'GET'],
  [303, 'HEAD', 'HEAD'],
  [307, 'POST', 'POST'],
  [308, 'POST', 'POST'],
  [301, 'PUT', 'PUT'],
  [302, 'DELETE', 'DELETE'],
])('a %i turns %s into %s', (status, method, expected) => {
  const next = redirectedRequest(request(method), answer(status, 'next'));
  expect(next?.method).toBe(expected);
  expect(next?.url.href).toBe('https://a.example/dir/next');
  expect(next?.body?.toString()).toBe(method === expected ? 'text' : undefined);
  expect(next?.headers['content-type']).toBe(method === expected ? 'text/plain' : undefined);
});

it.each([
  ['https://a.example/else', true],
  ['https://a.example:443/', true],
  ['http://a.example/', false],
  ['https://a.example:8443/', false],
  ['//b.example/', false],
])('on the way to %s, that it keeps what may be a secret is %s', (location, kept) => {
  const next = redirectedRequest(request('POST'), answer(307, location));
  expect(next?.headers).toEqual(kept ? headers : { 'content-type': 'text/plain' });
});

it.each([
  [200, 'https://a.example/'],
  [304, 'https://a.example/'],
  [302, undefined],
])('a %i with the location %s is none', (status, location) => {
  expect(redirectedRequest(request('GET'), answer(status, location))).toBeNull();
});

it.each(['file:///etc/passwd', 'javascript:1', 'https://user:secret@a.example/', 'http://a b/', 'http://[::1'])(
  'to %s is final',
  (location) => {
    expect(() => redirectedRequest(request('GET'), answer(302, location))).toThrow(NonRetryableFailure);
  },
);

describe('followed over the network', () => {
  afterEach(stopTargets);

  it('ends at the answer behind five of them', async () => {
    const target = await startTarget(({ url }, response) => {
      const hop = Number(url?.slice(1));
      if (hop < 5) response.writeHead(302, { location: `/${hop + 1}` });
      response.end('there');
    });
    await expect(createHandler().run(taskOf({ url: `${target.origin}/0` }))).resolves.toMatchObject({ body: 'there' });
    expect(target.hits.map(({ path }) => path)).toEqual(['/0', '/1', '/2', '/3', '/4', '/5']);
  });

  it('is final after five', async () => {
    const target = await startTarget((_, response) => response.writeHead(307, { location: '/' }).end());
    const run = createHandler().run(taskOf({ url: target.origin }));
    await expect(run).rejects.toBeInstanceOf(NonRetryableFailure);
    await expect(run).rejects.toMatchObject({ error: { code: 'HTTP_STATUS', status: 307 } });
    expect(target.hits).toHaveLength(6);
  });

  it('drops the credentials at another origin, and keeps what a repeat is known by', async () => {
    const second = await startTarget((_, response) => response.end());
    const first = await startTarget((_, response) => response.writeHead(308, { location: second.origin }).end());
    const own = { Authorization: 'Bearer t', Cookie: 'c=1', 'X-Api-Key': 'k' };
    await createHandler().run(taskOf({ method: 'POST', url: first.origin, headers: own, body: { a: 1 } }));
    expect(first.hits[0]?.headers).toMatchObject({ authorization: 'Bearer t', cookie: 'c=1', 'x-api-key': 'k' });
    expect(second.hits).toMatchObject([{ method: 'POST', body: '{"a":1}' }]);
    expect(second.hits[0]?.headers).toHaveProperty('idempotency-key');
    expect(second.hits[0]?.headers).not.toHaveProperty('authorization');
    expect(second.hits[0]?.headers).not.toHaveProperty('cookie');
    expect(second.hits[0]?.headers).not.toHaveProperty('x-api-key');
    expect(second.hits[0]?.headers).toHaveProperty('accept-encoding', 'identity');
    expect(second.hits[0]?.headers.host).toBe(`127.0.0.1:${second.port}`);
  });
});
