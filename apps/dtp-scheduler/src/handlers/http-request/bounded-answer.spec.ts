import { Readable } from 'node:stream';
import { readBoundedText } from './bounded-text.ts';
import { createHandler, startTarget, stopTargets, taskOf } from './targets.testing.ts';

const LIMIT = 65_536;

afterEach(stopTargets);

it('does not download what it does not keep', async () => {
  const offered = 128 * 1024 * 1024;
  let sent = 0;
  const target = await startTarget((_, response) => {
    const source = Readable.from(
      (function* () {
        for (; sent < offered; sent += LIMIT) yield Buffer.alloc(LIMIT, 'x');
      })(),
    );
    response.on('close', () => source.destroy());
    source.pipe(response);
  });
  const answer = await createHandler().run(taskOf({ url: target.origin }));
  expect(answer).toMatchObject({ status: 200, body: 'x'.repeat(LIMIT), truncated: true });
  // Only what the buffers of the two sockets had taken.
  expect(sent).toBeLessThan(offered / 4);
});

it('cuts five megabytes to 64 KiB', async () => {
  const target = await startTarget((_, response) => response.end(Buffer.alloc(5 * 1024 * 1024, 'x')));
  const answer = await createHandler().run(taskOf({ url: target.origin }));
  expect(answer.body).toHaveLength(LIMIT);
  expect(answer.truncated).toBe(true);
});

it.each<[string, Buffer, string, boolean]>([
  ['keeps what fits exactly', Buffer.from('abcdef'), 'abcdef', false],
  ['cuts what is one byte longer', Buffer.from('abcdefg'), 'abcdef', true],
  ['does not split a character', Buffer.from('abcd€'), 'abcd', true],
  ['does not split a surrogate pair', Buffer.from('abc😀'), 'abc', true],
  ['keeps a character that ends at the limit', Buffer.from('abc€d'), 'abc€', true],
  ['counts what it replaced at its new size', Buffer.from([0xff, 0xff, 0xff]), '\uFFFD\uFFFD', true],
  ['keeps a byte order mark', Buffer.from('\uFEFFabc'), '\uFEFFabc', false],
])('%s', async (_, bytes, text, truncated) => {
  const byteByByte = Readable.from([...bytes].map((byte) => Buffer.from([byte])));
  await expect(readBoundedText(Readable.from([bytes]), 6)).resolves.toEqual({ text, truncated });
  await expect(readBoundedText(byteByByte, 6)).resolves.toEqual({ text, truncated });
});
