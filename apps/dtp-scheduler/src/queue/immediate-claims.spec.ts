import { setImmediate } from 'node:timers/promises';
import { DEFAULT_RETRY_POLICY, TASK_DEFAULTS } from '@taskpilot/contracts';
import { requestContext, runInRequestContext } from '@taskpilot/platform';
import { v7 as uuidv7 } from 'uuid';
import { ClaimBook } from './claim-book.ts';
import { ImmediateClaims } from './immediate-claims.ts';
import type { EnqueuedRow } from './statements/enqueue-tasks.ts';
import type { ClaimedTask, NewTask } from './task-queue.ts';

const NOW = new Date();

const newTask = (payload: NewTask['payload'] = {}): NewTask => ({
  ...{ ...TASK_DEFAULTS, id: uuidv7(), idempotencyKey: null, requestHash: '', type: 'echo', payload },
  ...{ runAt: null, retryPolicy: DEFAULT_RETRY_POLICY, deadlineAt: null, traceparent: null },
});
const rowOf = ({ id }: NewTask, place: EnqueuedRow['place']): EnqueuedRow => ({
  ...{ id, run_at: NOW, created_at: NOW, place, deadline_in_ms: null },
});

describe('ImmediateClaims', () => {
  const given: { readonly tasks: readonly ClaimedTask[]; readonly requestId: string }[] = [];
  const failed: string[] = [];
  let room: number;
  let book: ClaimBook;
  let counted: number;
  let claims: ImmediateClaims;

  beforeEach(() => {
    given.length = 0;
    failed.length = 0;
    room = 10;
    book = new ClaimBook();
    counted = 0;
    claims = new ImmediateClaims(
      () => book,
      (tasks) => {
        counted += tasks.length;
      },
    );
    claims.attach({
      reserve: (count) =>
        count > room
          ? null
          : {
              ...{ workerId: 'worker', types: ['echo'], fail: () => failed.push(requestContext().requestId) },
              take: (tasks) => given.push({ tasks, requestId: requestContext().requestId }),
            },
    });
  });

  it('claims nothing where no worker waits, or the one that does has no room', () => {
    expect(
      new ImmediateClaims(
        () => book,
        () => undefined,
      ).open(1),
    ).toBeNull();
    expect(claims.open(11)).toBeNull();
    expect(claims.open(10)).toMatchObject({ workerId: 'worker', types: ['echo'], finished: [] });
  });

  it('hands over what was claimed after the turn in which callers are answered, and not as part of their requests', async () => {
    const [taken, queued] = [newTask(), newTask()];
    runInRequestContext({ requestId: 'r', traceparent: null }, () => {
      claims.open(2)?.stored([taken, queued], [rowOf(taken, 'claimed'), rowOf(queued, 'ready')]);
    });
    expect([given, counted]).toEqual([[], 1]);
    await setImmediate();
    expect(given).toMatchObject([{ tasks: [{ id: taken.id, attempt: 1 }] }]);
    expect(given[0]?.requestId).not.toBe('r');
  });

  it('leaves what nobody knows to an audit, which is not part of the request either', () => {
    runInRequestContext({ requestId: 'r', traceparent: null }, () => claims.open(1)?.unknown());
    expect(failed).toEqual([expect.not.stringMatching(/^r$/)]);
  });

  it('hands over the highest priority first', async () => {
    const tasks = [0, 50, 100].map((priority) => ({ ...newTask(), priority }));
    claims.open(3)?.stored(
      tasks,
      tasks.map((task) => rowOf(task, 'claimed')),
    );
    await setImmediate();
    expect(given[0]?.tasks.map(({ id }) => id)).toEqual(tasks.map(({ id }) => id).reverse());
  });

  it('names those that an audit must leave alone, until their tasks are handed over', async () => {
    const [told, untold] = [claims.open(1), claims.open(1)];
    expect(claims.pendingIds).toEqual([told?.claimId, untold?.claimId]);
    told?.stored([newTask()], []);
    expect(claims.pendingIds).toContain(told?.claimId);
    await setImmediate();
    untold?.unknown();
    expect(claims.pendingIds).toEqual([]);
  });

  it('ends the reservation with nothing where all lost their keys', async () => {
    claims.open(1)?.stored([newTask()], []);
    await setImmediate();
    expect(given.map(({ tasks }) => tasks)).toEqual([[]]);
  });

  it('gives the handler a payload of its own', async () => {
    const task = newTask({ list: [1] });
    claims.open(1)?.stored([task], [rowOf(task, 'claimed')]);
    await setImmediate();
    const payload = given[0]?.tasks[0]?.payload as { list: number[] };
    payload.list.push(2);
    expect(task.payload).toEqual({ list: [1] });
  });

  it('lets a later claim forget this one when its tasks have ended', async () => {
    const task = newTask();
    const claim = claims.open(1);
    claim?.stored([task], [rowOf(task, 'claimed')]);
    expect(claims.open(1)?.finished).toEqual([]);
    book.ended({ id: task.id, attempt: 1 });
    expect(claims.open(1)?.finished).toEqual([claim?.claimId]);
  });
});
