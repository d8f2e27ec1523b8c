import { ClaimBook } from './claim-book.ts';

const task = (id: string, attempt = 1) => ({ id, attempt });

describe('the book of claims', () => {
  test('a claim is finished when the last of its tasks has ended, and handed over once', () => {
    const book = new ClaimBook();
    book.opened('claim', [task('a'), task('b')]);
    book.ended(task('a'));
    expect(book.takeFinished()).toEqual([]);
    book.ended(task('b'));
    expect(book.takeFinished()).toEqual(['claim']);
    expect(book.takeFinished()).toEqual([]);
  });

  test('a task claimed again before its last end was answered keeps its new claim open', () => {
    const book = new ClaimBook();
    book.opened('first', [task('a', 1)]);
    book.opened('second', [task('a', 2)]);
    expect(book.takeFinished()).toEqual(['first']);
    book.ended(task('a', 1));
    expect(book.takeFinished()).toEqual([]);
    book.ended(task('a', 2));
    expect(book.takeFinished()).toEqual(['second']);
  });

  test('a claim of which an end was stale is left to the audit, whatever becomes of its tasks', () => {
    const book = new ClaimBook();
    book.opened('first', [task('a'), task('b')]);
    book.stale(task('a', 7));
    book.stale(task('a'));
    book.ended(task('b'));
    book.opened('second', [task('a', 2)]);
    expect(book.takeFinished()).toEqual([]);
    book.ended(task('a', 2));
    expect(book.takeFinished()).toEqual(['second']);
  });

  test('what an audit has given back is struck, and its claim left to that audit', () => {
    const book = new ClaimBook();
    book.opened('first', [task('a'), task('b'), task('c', 2)]);
    book.opened('pending', [task('d')]);
    const unheld = book.unheld([task('a'), task('c', 1), task('stranger')], ['pending']);
    expect(unheld).toEqual([task('b'), task('c', 2)]);
    for (const attempt of unheld) book.stale(attempt);
    expect(book.unheld([], [])).toEqual([task('a'), task('d')]);
    book.ended(task('a'));
    expect(book.takeFinished()).toEqual([]);
  });

  test('what it does not know, it leaves to the audit', () => {
    const book = new ClaimBook();
    book.opened('empty', []);
    book.ended(task('stranger'));
    expect(book.takeFinished()).toEqual([]);
  });
});
