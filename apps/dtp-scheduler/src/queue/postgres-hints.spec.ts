import { Logger } from '@nestjs/common';
import { isHurried, requestContext, runInRequestContext, type Sql } from '@taskpilot/platform';
import { PostgresHints } from './postgres-hints.ts';

it('wakes others outside of the request that is in a hurry', async () => {
  const notes: [isHurried: boolean, isRequest: boolean][] = [];
  const note = () => notes.push([isHurried(), requestContext().requestId === 'r-1']);
  const query = async () => {
    note();
    return [];
  };
  const hints = new PostgresHints({ query } as Sql, '', new Logger());
  hints.onReady(note);
  hints.onCancelling(note);
  hints.onScheduled(note);
  runInRequestContext({ requestId: 'r-1', traceparent: null }, () => {
    note();
    hints.announceReady();
    hints.announceCancelling();
    hints.announceScheduled();
  });
  // By three listeners and two notifications.
  expect(notes).toEqual([[true, true], ...Array(5).fill([false, false])]);
  await hints.close();
});
