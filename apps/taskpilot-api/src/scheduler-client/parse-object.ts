import { isJsonObject } from '@taskpilot/dto';

/** The JSON object in a body, or `null` when it is none. */
export function parseObject(body: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body.toString());
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
