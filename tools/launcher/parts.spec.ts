import { Parts } from './parts.ts';

describe('Parts', () => {
  it('stops the latest first, goes on whatever fails, and tells the first failure', async () => {
    const stopped: string[] = [];
    const parts = new Parts();
    const add = (name: string, stop: () => Promise<void> | void = () => {}) =>
      parts.add({ stop: () => [stopped.push(name), stop()][1] as Promise<void> | void, kill: () => {} });
    add('lock');
    add('database', () => {
      throw new Error('second');
    });
    add('plane', async () => {
      throw new Error('first');
    });
    await expect(parts.stop()).rejects.toThrow('first');
    expect(stopped).toEqual(['plane', 'database', 'lock']);
  });
});
