import type { Readable } from 'node:stream';

/**
 * Reads at most `maxBytes` of a stream as UTF-8, then destroys it: what is left is never brought into memory. The text
 * is cut between characters, and is itself at most `maxBytes` long in UTF-8.
 */
export async function readBoundedText(
  stream: Readable,
  maxBytes: number,
): Promise<{ readonly text: string; readonly truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  const text = Buffer.concat(chunks).toString('utf8');
  // U+FFFD takes three bytes where the invalid one took one, so the text may be longer than what was read.
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return { text: text.slice(0, read), truncated: read < text.length };
}
