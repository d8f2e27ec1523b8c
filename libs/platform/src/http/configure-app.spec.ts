import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createSampleApp } from '../testing/sample-app.ts';

const ID = '0197c3f2-6a5b-7cc1-9f6e-3f2b8a4d5e6f';

describe('configureApp', () => {
  let app: NestFastifyApplication;

  beforeAll(async () => {
    app = await createSampleApp();
  });
  afterAll(() => app.close());

  const post = (payload: string | Buffer, contentType = 'application/json') =>
    app.inject({ method: 'POST', url: '/things', payload, headers: { 'content-type': contentType } });

  describe('bodies', () => {
    it('hands the handler an opaque payload unaltered', async () => {
      const payload = { toString: 1, a: { hasOwnProperty: [1.5, null] }, '': 'x' };
      const answer = await post(JSON.stringify({ name: 'a', payload }));
      expect(answer.statusCode).toBe(201);
      expect(answer.json()).toEqual({ received: { name: 'a', payload } });
    });

    it.each<[string, string, { pointer: string; detail: string }[]]>([
      ['an unknown field', '{"name":"a","nmae":1}', [{ pointer: '/nmae', detail: 'is not a known field' }]],
      ['an unknown field to escape', '{"name":"a","a/b~":1}', [{ pointer: '/a~1b~0', detail: 'is not a known field' }]],
      [
        'a name that objects inherit',
        '{"name":"a","hasOwnProperty":1}',
        [{ pointer: '/hasOwnProperty', detail: 'is not a known field' }],
      ],
      [
        'the same, nested',
        '{"name":"a","policy":{"toString":1}}',
        [{ pointer: '/policy/toString', detail: 'is not a known field' }],
      ],
      [
        'a nested value',
        '{"name":"a","policy":{"max/attempts":"1"}}',
        [{ pointer: '/policy/max~1attempts', detail: expect.stringMatching(/integer/) }],
      ],
      [
        'a nested unknown field',
        '{"name":"a","policy":{"x":1}}',
        [{ pointer: '/policy/x', detail: 'is not a known field' }],
      ],
      ['an array', '[]', [{ pointer: '', detail: 'must be a JSON object' }]],
      ['a string', '"a"', [{ pointer: '', detail: 'must be a JSON object' }]],
      ['null', 'null', [{ pointer: '', detail: 'must be a JSON object' }]],
      ['no body', '', [{ pointer: '', detail: expect.stringMatching(/missing/) }]],
    ])('refuses %s', async (_, payload, errors) => {
      const answer = await post(payload);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({ code: 'VALIDATION_FAILED', errors });
    });

    it('names all that is wrong at once', async () => {
      const answer = await post('{"name":"too long","x":1,"payload":5}');
      const pointers = answer.json().errors.map(({ pointer }: { pointer: string }) => pointer);
      expect(pointers.sort()).toEqual(['/name', '/payload', '/x']);
    });

    it('tells a hostile body no more than a hundred errors', async () => {
      const names = Array.from({ length: 90 }, (_, index) => `"x${index}":1`).join(',');
      const answer = await post(`{"name":"a",${names},"policy":{${names}}}`);
      expect(answer.json().errors).toHaveLength(100);
    });

    it('does not name unknown members one by one where there are far too many: that would take long', async () => {
      const names = Array.from({ length: 100 }, (_, index) => `"x${index}":1`).join(',');
      const { errors } = (await post(`{"name":"a",${names}}`)).json();
      expect(errors).toEqual([{ pointer: '', detail: 'has 101 members, most of which are unknown' }]);
    });

    it('points into malformed JSON', async () => {
      const answer = await post('{"name":{"a":1,"a":2}}');
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({ code: 'MALFORMED_JSON', errors: [{ pointer: '/name/a' }] });
    });

    it('takes 256 KiB, and no byte more', async () => {
      const body = (bytes: number) => `{"name":"${'a'.repeat(bytes - 11)}"}`;
      expect((await post(body(256 * 1024))).json().code).toBe('VALIDATION_FAILED');
      const tooLarge = await post(body(256 * 1024 + 1));
      expect(tooLarge.statusCode).toBe(413);
      expect(tooLarge.json().code).toBe('BODY_TOO_LARGE');
    });

    it.each(['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"', 'application/json;'])(
      'takes %s',
      async (type) => {
        expect((await post('{"name":"a"}', type)).statusCode).toBe(201);
      },
    );

    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-16',
      'application/problem+json',
      'application/jsonx',
      'nonsense',
    ])('refuses %s', async (type) => {
      const answer = await post('{"name":"a"}', type);
      expect(answer.statusCode).toBe(415);
      expect(answer.json().code).toBe('UNSUPPORTED_MEDIA_TYPE');
    });

    it('refuses a body without a content type, or in a content encoding', async () => {
      expect((await app.inject({ method: 'POST', url: '/things', payload: Buffer.from('{}') })).statusCode).toBe(415);
      const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
      expect((await app.inject({ method: 'POST', url: '/things', payload: '{}', headers })).statusCode).toBe(415);
    });

    it.each([{}, { 'content-type': 'application/json' }])(
      'needs no body where none is declared: %j',
      async (headers) => {
        const answer = await app.inject({ method: 'PUT', url: `/things/${ID}/cancel`, headers });
        expect(answer.statusCode).toBe(200);
      },
    );
  });

  describe('queries', () => {
    it('takes declared parameters', async () => {
      const answer = await app.inject('/things?limit=5');
      expect(answer.json()).toEqual({ limit: '5' });
    });

    it.each([
      ['/things?limit=1&limit=2', '/limit', /twice/],
      ['/things?limit=x', '/limit', /./],
      ['/things?lmit=1', '/lmit', /not a known/],
      ['/things?toString=1', '/toString', /not a known/],
      ['/things?__proto__=1', '/__proto__', /not a known/],
      ['/things?limit=%ff', '/limit', /percent-encoded/],
      ['/things?limit=%00', '/limit', /NUL/],
      [`/things/${ID}?limit=1`, '/limit', /takes none/],
    ])('refuses %s', async (url, pointer, detail) => {
      const answer = await app.inject(url);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({
        code: 'VALIDATION_FAILED',
        instance: url.split('?')[0],
        errors: [{ pointer, detail: expect.stringMatching(detail) }],
      });
    });
  });

  describe('routes', () => {
    it.each([
      ['GET', '/nothing', 404, 'ROUTE_NOT_FOUND'],
      ['GET', '/', 404, 'ROUTE_NOT_FOUND'],
      ['GET', '/things/', 404, 'ROUTE_NOT_FOUND'],
      ['POST', '/nothing', 404, 'ROUTE_NOT_FOUND'],
      ['GET', '/things/%zz', 400, 'BAD_REQUEST'],
      ['GET', '/things/not-an-id', 400, 'INVALID_ID'],
      ['GET', `/things/${'x'.repeat(5_000)}`, 400, 'INVALID_ID'],
      ['GET', '/things/%00', 400, 'INVALID_ID'],
      ['PROPFIND', '/things', 405, 'METHOD_NOT_ALLOWED'],
    ] as const)('%s %s', async (method, url, status, code) => {
      const answer = await app.inject({ method: method as 'GET', url });
      expect(answer.statusCode).toBe(status);
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(answer.json()).toMatchObject({ status, code, instance: url, requestId: answer.headers['x-request-id'] });
    });

    it('says which methods a known path takes', async () => {
      const answer = await app.inject({ method: 'DELETE', url: '/things?limit=1', payload: 'x' });
      expect(answer.statusCode).toBe(405);
      expect(answer.headers.allow).toBe('GET, HEAD, POST');
      expect(answer.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED', instance: '/things' });
      const cancel = await app.inject({ method: 'POST', url: `/things/${ID}/cancel` });
      expect(cancel.headers.allow).toBe('PUT');
    });

    it('answers HEAD like GET, without a body', async () => {
      const answer = await app.inject({ method: 'HEAD', url: `/things/${ID}` });
      expect(answer.statusCode).toBe(200);
      expect(answer.body).toBe('');
    });
  });

  describe('request ids', () => {
    const cancel = async (headers: Record<string, string>) => {
      const answer = await app.inject({ method: 'PUT', url: `/things/${ID}/cancel`, headers });
      expect(answer.json().context.requestId).toBe(answer.headers['x-request-id']);
      return answer.json().context;
    };
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    it('takes the id and the trace of the caller', async () => {
      expect(await cancel({ 'x-request-id': 'nightly:42', traceparent })).toEqual({
        requestId: 'nightly:42',
        traceparent,
      });
    });

    it.each(['', 'a b', 'é', 'x'.repeat(129), 'a"b', '{}'])('makes one in place of %j', async (id) => {
      const { requestId } = await cancel({ 'x-request-id': id });
      expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    });

    it.each(['x', `ff${traceparent.slice(2)}`, traceparent.toUpperCase(), `00-${'0'.repeat(32)}-b7ad6b7169203331-01`])(
      'passes over the malformed trace %s',
      async (malformed) => {
        expect((await cancel({ traceparent: malformed })).traceparent).toBeNull();
      },
    );

    it('returns the id on errors too', async () => {
      const answer = await app.inject({ url: '/nothing', headers: { 'x-request-id': 'mine' } });
      expect(answer.headers['x-request-id']).toBe('mine');
      expect(answer.json().requestId).toBe('mine');
    });
  });
});
