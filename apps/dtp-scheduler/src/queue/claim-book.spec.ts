import { ClaimBook } from './claim-book.ts';

const task = (id: string) => ({ id, attempt: 1 });

describe('the book of claims', () => {
  test('a claim is finished when the last of its tasks has ended, and handed over once', () => {
    const book = new ClaimBook();
    book.opened('claim', [task('a'), task('b')]);
    book.ended('a');
    expect(book.takeFinished()).toEqual([]);
    book.ended('b');
    expect(book.takeFinished()).toEqual(['claim']);
    expect(book.takeFinished()).toEqual([]);
  });

  test('a claim may be opened in parts', () => {
    const book = new ClaimBook();
    book.opened('claim', [task('a')]);
    book.opened('claim', [task('b')]);
    book.ended('a');
    expect(book.takeFinished()).toEqual([]);
    book.ended('b');
    expect(book.takeFinished()).toEqual(['claim']);
  });

  test('what it does not know, it leaves to the audit', () => {
    const book = new ClaimBook();
    book.opened('empty', []);
    book.ended('stranger');
    expect(book.takeFinished()).toEqual([]);
  });
});
