import { ProblemError } from '../problem/problem-error.ts';
import { parseId } from './id.ts';

/** A keyset cursor: the id after which the next page starts, made opaque so that nobody builds one by hand. */
export function encodeCursor(id: string): string {
  return Buffer.from(parseId(id).replaceAll('-', ''), 'hex').toString('base64url');
}

/** @throws ProblemError `INVALID_CURSOR` */
export function decodeCursor(text: string): string {
  const hex = Buffer.from(text, 'base64url').toString('hex');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (id === hex || encodeCursor(id) !== text) {
    throw new ProblemError('INVALID_CURSOR', 'The cursor must be the nextCursor of an earlier page.');
  }
  return id;
}
