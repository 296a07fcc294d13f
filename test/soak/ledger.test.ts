import { describe, expect, test } from 'vitest';
import { type Ledger, ledger } from './ledger.ts';

const problemsAfter = (steps: (book: Ledger) => void): readonly string[] => {
  const book = ledger();
  book.began('a');
  steps(book);
  return book.problems();
};

describe('a ledger of writes', () => {
  test.each<[string, (book: Ledger) => void]>([
    [
      'was told done, and applied once',
      (book) => {
        book.applied('a');
        book.told('a', 'done');
      },
    ],
    ['was told refused, and not applied', (book) => book.told('a', 'refused')],
    ['is unknown, and not applied', (book) => book.told('a', 'unknown')],
    [
      'is unknown, and applied late',
      (book) => {
        book.told('a', 'unknown');
        book.applied('a');
      },
    ],
  ])('finds nothing wrong with a write that %s', (_, steps) => {
    expect(problemsAfter(steps)).toEqual([]);
  });

  test.each<[string, (book: Ledger) => void, string]>([
    ['was told done, and is lost', (book) => book.told('a', 'done'), 'a: told done, and lost'],
    [
      'was told refused, and is applied',
      (book) => {
        book.told('a', 'refused');
        book.applied('a');
      },
      'a: told refused, and applied',
    ],
    [
      'was applied twice',
      (book) => {
        book.applied('a');
        book.applied('a');
        book.told('a', 'unknown');
      },
      'a: told unknown, and applied 2 times',
    ],
    ['nobody was told of', () => {}, 'a: its writer was never told'],
    [
      'nobody began',
      (book) => {
        book.told('a', 'refused');
        book.applied('b');
      },
      'b: applied, and nobody began it',
    ],
  ])('finds a write that %s', (_, steps, problem) => {
    expect(problemsAfter(steps)).toContain(problem);
  });
});
