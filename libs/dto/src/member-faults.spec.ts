import { describe, expect, it } from '@jest/globals';
import { findHeaderFaults, findLabelFaults } from './member-faults.ts';

const pointers = (faults: readonly { pointer: string }[]) => faults.map((fault) => fault.pointer);

describe('findLabelFaults', () => {
  it('points at each label at fault', () => {
    const labels = { team: 'billing', 'a/b~c': 'x', count: 3, long: 'x'.repeat(201) };
    expect(pointers(findLabelFaults(labels))).toEqual(['/labels/a~1b~0c', '/labels/count', '/labels/long']);
  });
});

describe('findHeaderFaults', () => {
  it('points at header values and names that would break their line', () => {
    const headers = { ok: 'x', 'x-split': 'a\r\nHost: evil', 'x-nul': 'a\0', 'bad\nname': 'x', list: ['a', 'b\n'] };
    expect(pointers(findHeaderFaults({ type: 'http.request', payload: { headers } }))).toEqual([
      '/payload/headers/x-split',
      '/payload/headers/x-nul',
      '/payload/headers/bad\nname',
      '/payload/headers/list',
    ]);
  });

  it('leaves other types and shapes to the execution plane', () => {
    expect(findHeaderFaults({ type: 'echo', payload: { headers: { a: '\n' } } })).toEqual([]);
    expect(findHeaderFaults({ type: 'http.request', payload: { headers: 'a\n' } })).toEqual([]);
    expect(findHeaderFaults({ type: 'http.request' })).toEqual([]);
  });
});
