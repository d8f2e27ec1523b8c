import { hash } from 'node:crypto';

/**
 * SHA-256 (hex) of a request body's canonical JSON: members sorted, nothing filled in. Two bodies that say the same
 * have the same hash, whatever the order of their members; a default spelt out is another body.
 */
export function canonicalHash(body: unknown): string {
  return hash('sha256', canonicalJson(body));
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  let members = '';
  for (const name of Object.keys(value).sort()) {
    const member: unknown = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    members += `${members === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}
