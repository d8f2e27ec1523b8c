import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { HttpRequestPayload } from './http-request.payload.ts';

/** The faults of a payload, as the door finds them. */
function faultsOf(payload: object): readonly string[] {
  return validateSync(plainToInstance(HttpRequestPayload, payload), {
    whitelist: true,
    forbidNonWhitelisted: true,
  }).flatMap(({ property, constraints = {} }) => Object.values(constraints).map((text) => `${property} ${text}`));
}

const url = 'https://example.com/hook?a=%20#part';

it.each<[object]>([
  [{ url }],
  [{ url, method: 'DELETE', body: 'text' }],
  [{ url, method: 'POST', headers: { 'X-A': 'b\tc', Authorization: 'é' }, body: null }],
  [{ url: 'HTTP://[::1]:8080', headers: {} }],
  [{ url, method: 'PUT', body: { valueOf: 1, toString: [] }, headers: { valueOf: 'x' } }],
])('takes %j', (payload) => {
  expect(faultsOf(payload)).toEqual([]);
});

const noUrl = 'url must be an absolute http or https URL, such as https://example.com/hook';
const blanks = 'url must not hold blanks, backslashes or control characters: percent-encode them';
const credentials = 'url must not hold credentials: send them in an Authorization header';
const methods = 'method must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
const body = 'body must be left out with GET (the default) and HEAD: set method to POST, PUT or PATCH';

it.each<[object, string]>([
  [{}, 'url is required'],
  [{ url: null }, noUrl],
  [{ url: 7 }, noUrl],
  [{ url: '/hook' }, noUrl],
  [{ url: 'example.com' }, noUrl],
  [{ url: 'ftp://example.com' }, noUrl],
  [{ url: 'http:example.com' }, noUrl],
  [{ url: 'http:///example.com' }, noUrl],
  [{ url: ' http://example.com' }, noUrl],
  [{ url: 'http://exa\tmple.com' }, blanks],
  [{ url: 'http://example.com/a b' }, blanks],
  [{ url: 'http://example.com\\@127.0.0.1' }, blanks],
  [{ url: 'http://user@example.com' }, credentials],
  [{ url: 'http://:secret@example.com' }, credentials],
  [{ url: 'http://example.com:99999' }, 'url must be a URL that can be parsed: check its host and port'],
  [{ url: `http://a/${'x'.repeat(8_192)}` }, 'url must be at most 8192 characters long'],
  [{ url, method: 'get' }, methods],
  [{ url, method: 'CONNECT' }, methods],
  [{ url, method: null }, methods],
  [{ url, body: {} }, body],
  [{ url, method: 'HEAD', body: '' }, body],
  [{ url, header: {} }, 'header property header should not exist'],
])('refuses %j', (payload, fault) => {
  expect(faultsOf(payload)).toEqual([fault]);
});

it.each<[unknown, string]>([
  [null, 'must be an object of header names and string values'],
  [[], 'must be an object of header names and string values'],
  [{ 'a b': 'c' }, 'must hold valid header names of at most 100 characters, not "a b"'],
  [{ '': 'c' }, 'must hold valid header names of at most 100 characters, not ""'],
  [{ a: 1 }, 'must hold a string as the value of a'],
  [{ a: ['b'] }, 'must hold a string as the value of a'],
  [{ a: 'b\r\nc: d' }, 'must hold only visible Latin-1 characters, blanks and tabs in a: no CR, LF or NUL'],
  [{ a: 'b\0' }, 'must hold only visible Latin-1 characters, blanks and tabs in a: no CR, LF or NUL'],
  [{ a: '€' }, 'must hold only visible Latin-1 characters, blanks and tabs in a: no CR, LF or NUL'],
  [{ a: 'b'.repeat(8_193) }, 'must hold at most 8192 characters in a'],
  [{ a: 'b', A: 'b' }, 'must name A only once, whatever the case of its letters'],
  [{ Host: 'x' }, 'must not hold Host: it is set for the connection'],
  [{ 'Content-Length': '1' }, 'must not hold Content-Length: it is set for the connection'],
  [{ 'transfer-encoding': 'chunked' }, 'must not hold transfer-encoding: it is set for the connection'],
  [{ 'Idempotency-Key': 'x' }, 'must not hold Idempotency-Key: DTP sets it from the task'],
  [{ 'X-Task-Attempt': '1' }, 'must not hold X-Task-Attempt: DTP sets it from the task'],
  [Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`x-${n}`, ''])), 'must hold at most 64 headers'],
])('refuses the headers %j', (headers, fault) => {
  expect(faultsOf({ url, headers })).toEqual([`headers ${fault}`]);
});
