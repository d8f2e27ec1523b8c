import { expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { InstanceId } from './instance-id.ts';

/** A data source behind which the database can be exchanged. */
function instanceOf(database: { id: string | null }): InstanceId {
  const findOneByOrFail = async () => {
    if (database.id === null) throw new Error('connect ECONNREFUSED');
    return { id: database.id };
  };
  return new InstanceId({ getRepository: () => ({ findOneByOrFail }) } as unknown as DataSource);
}

it('notices that its address has come to lead to another database, and keeps what it knows while there is none', async () => {
  const database: { id: string | null } = { id: 'one' };
  const instance = instanceOf(database);
  await instance.look();
  database.id = null;
  await instance.look();
  expect(await instance.get()).toBe('one');
  database.id = 'another';
  await instance.look();
  expect([instance.known, await instance.get()]).toEqual(['another', 'another']);
});

it('is read for whoever asks first, where there was none at the start', async () => {
  const database: { id: string | null } = { id: null };
  const instance = instanceOf(database);
  await instance.look();
  await expect(instance.get()).rejects.toThrow('ECONNREFUSED');
  database.id = 'one';
  expect(await instance.get()).toBe('one');
});
