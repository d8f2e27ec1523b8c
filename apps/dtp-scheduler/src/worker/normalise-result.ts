import { BoundedJson } from './bounded-json.ts';

export const RESULT_BYTES = 256 * 1024;

/** The JSON text that is stored for whatever a handler returned. Too large a result is replaced by a note. */
export function normaliseResult(result: unknown): string {
  return (
    BoundedJson.write(result, RESULT_BYTES) ??
    JSON.stringify({ note: `The result was larger than ${RESULT_BYTES} bytes of JSON and was not kept.` })
  );
}
