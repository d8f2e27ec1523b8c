const MAX_LENGTH = 8_192;

/**
 * Says what is wrong with a target's URL, or `null`. Strict where the WHATWG parser is lenient (blanks, tabs, a missing
 * `//`), so that the URL that was checked is the one that was meant. Where it leads is the target guard's affair.
 */
export function findUrlFault(value: unknown): string | null {
  if (typeof value !== 'string' || !/^https?:\/\/[^/\\]/i.test(value)) {
    return 'must be an absolute http or https URL, such as https://example.com/hook';
  }
  if (value.length > MAX_LENGTH) return `must be at most ${MAX_LENGTH} characters long`;
  if (/[\s\\\p{Cc}]/u.test(value))
    return 'must not hold blanks, backslashes or control characters: percent-encode them';
  const url = URL.parse(value);
  if (url === null) return 'must be a URL that can be parsed: check its host and port';
  if (url.username !== '' || url.password !== '') {
    return 'must not hold credentials: send them in an Authorization header';
  }
  return null;
}
