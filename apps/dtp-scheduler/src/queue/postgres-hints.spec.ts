import { Logger } from '@nestjs/common';
import { isHurried, runInRequestContext, type Sql } from '@taskpilot/platform';
import { PostgresHints } from './postgres-hints.ts';

it('wakes others for as long as they need, although a request is in a hurry', async () => {
  const hurries: boolean[] = [];
  const note = () => hurries.push(isHurried());
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
  expect(hurries).toEqual([true, false, false, false, false, false]);
  await hints.close();
});
