import { within } from './within.ts';

describe('within', () => {
  it('answers what the work does in time', async () => {
    expect(await within(60_000, Promise.resolve('done'))).toBe('done');
    await expect(within(60_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('answers null when the time is over, or is over already', async () => {
    const never = new Promise(() => {});
    expect(await within(1, never)).toBeNull();
    expect(await within(-5, never)).toBeNull();
  });
});
