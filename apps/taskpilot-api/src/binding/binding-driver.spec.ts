import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { isHurried, runInRequestContext } from '@taskpilot/platform';
import type { SchedulerClient } from '../scheduler-client/scheduler-client.ts';
import { BindingDriver } from './binding-driver.ts';
import type { BindingStore } from './binding-store.ts';
import type { GroupCreate } from './group-create.ts';
import type { Binding } from './statements/binding-row.ts';

const BINDING: Binding = { id: 'a', body: '{}', traceparent: null, generation: 1, attempts: 0 };

/** A driver whose calls to DTP all succeed, over one row. */
function driverOf(row: { generation: number; isBound: boolean }) {
  const calls: string[] = [];
  const hurries: boolean[] = [];
  const creates: Pick<GroupCreate, 'submit'> = {
    submit: async ({ idempotencyKey }) => {
      calls.push(idempotencyKey);
      hurries.push(isHurried());
      return { kind: 'bound', schedulerTaskId: 'execution' };
    },
  };
  const store: Pick<BindingStore, 'confirm' | 'isUnderWay'> = {
    confirm: async () => {
      hurries.push(isHurried());
      if (row.isBound) return null;
      row.isBound = true;
      return new Date(0);
    },
    isUnderWay: async ({ generation }) => {
      hurries.push(isHurried());
      return !row.isBound && generation === row.generation;
    },
  };
  return {
    driver: new BindingDriver(creates as GroupCreate, {} as SchedulerClient, store as BindingStore),
    calls,
    hurries,
  };
}

const bound = { kind: 'bound', schedulerTaskId: 'execution', at: new Date(0) };

beforeAll(() => Logger.overrideLogger(false));

describe('BindingDriver', () => {
  it('lets those that come during a step share it', async () => {
    const { driver, calls } = driverOf({ generation: 1, isBound: false });
    expect(await Promise.all([driver.drive(BINDING), driver.join(BINDING)])).toEqual([bound, bound]);
    expect(calls).toEqual(['a']);
  });

  it('does not ask DTP again for one that had read BINDING before the step ended', async () => {
    const { driver, calls } = driverOf({ generation: 1, isBound: false });
    await driver.drive(BINDING);
    expect(await driver.join(BINDING)).toEqual({ kind: 'overtaken' });
    expect(calls).toEqual(['a']);
  });

  it('leaves a bind alone that has been started anew since', async () => {
    const { driver, calls } = driverOf({ generation: 2, isBound: false });
    expect(await driver.join(BINDING)).toEqual({ kind: 'overtaken' });
    expect(calls).toEqual([]);
  });

  it('asks for one that nobody is at, though it was merely read', async () => {
    const { driver, calls } = driverOf({ generation: 1, isBound: false });
    expect(await driver.join(BINDING)).toEqual(bound);
    expect(calls).toEqual(['a']);
  });

  it('is patient, whether a request waits for it or nobody', async () => {
    const { driver, hurries } = driverOf({ generation: 1, isBound: false });
    await runInRequestContext({ requestId: 'r-1', traceparent: null }, () => driver.join(BINDING));
    await driver.drive({ ...BINDING, generation: 2 });
    expect(hurries).toEqual(Array(5).fill(false));
  });
});
