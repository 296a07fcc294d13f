import { describe, expect, it } from 'vitest';
import { isAllowed } from './allowed.ts';

const lender = (...allowedNamespaces: readonly string[]) => ({
  metadata: { namespace: 'home' },
  spec: allowedNamespaces.length > 0 ? { allowedNamespaces } : {},
});

describe('who may use a resource', () => {
  it.each<[promise: string, allowed: readonly string[], from: string | undefined, then: boolean]>([
    ['its own namespace may', [], 'home', true],
    ['its own may even when others are named', ['a'], 'home', true],
    ['another may not', [], 'a', false],
    ['another may where it is named', ['b', 'a'], 'a', true],
    ['another may not where a third is named', ['b'], 'a', false],
    ['everybody may where it says *', ['*'], 'a', true],
    ['a part of a name is not the name', ['team-a'], 'team', false],
    ['no namespace is not everybody', ['*'], undefined, false],
  ])('%s', (_, allowed, from, then) => {
    expect(isAllowed(lender(...allowed), from)).toBe(then);
  });
});
