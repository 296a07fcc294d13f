import { expect, it } from 'vitest';
import { aSemaphore } from '../../../test/support/claims.ts';
import { tableFor } from './top.ts';

it('leaves room for what happens when a name is long', () => {
  const { object } = aSemaphore('a'.repeat(253)).permits(1);
  const table = tableFor([object], 0, { namespaces: false, longestName: 20 });
  expect(table).toMatch(/^semaphore\/aaaaaaaaa… {3}0\/1 {4}0 {9}free$/m);
});
