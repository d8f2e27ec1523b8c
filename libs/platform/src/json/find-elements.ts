import { endOfString } from './find-json-fault.ts';

/**
 * The text of each element of a list that is a member of the outermost object, and the text without them, `null` in the
 * place of each.
 */
export interface Elements {
  readonly texts: readonly string[];
  readonly rest: string;
}

/**
 * Finds what stands in a member's list. Trusts the syntax, so parse first; where the member occurs twice, the elements of
 * both are found.
 */
export function findElements(text: string, member: string): Elements {
  const texts: string[] = [];
  let rest = '';
  let depth = 0;
  let name: unknown;
  let isInList = false;
  let start = 0;
  let taken = 0;
  const take = (end: number) => {
    const element = text.slice(start, end);
    if (element.trim() !== '') {
      texts.push(element);
      rest += `${text.slice(taken, start)}null`;
      taken = end;
    }
    start = end + 1;
  };

  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      const end = endOfString(text, at);
      if (depth === 1) name = JSON.parse(text.slice(at, end + 1));
      at = end;
    } else if (char === '[' || char === '{') {
      depth++;
      if (depth === 2 && char === '[' && name === member) {
        isInList = true;
        start = at + 1;
      }
    } else if (char === ']' || char === '}') {
      depth--;
      if (isInList && depth === 1) {
        take(at);
        isInList = false;
      }
    } else if (char === ',' && isInList && depth === 2) take(at);
  }
  return { texts, rest: rest + text.slice(taken) };
}
