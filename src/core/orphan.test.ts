import { describe, expect, it } from 'vitest';
import { asking, at, type ClaimBuilder, factsOf, held, holding, waiting } from '../../test/support/claims.ts';
import type { LeaseRequest } from '../api/lease-request.ts';
import type { Permit } from '../api/permit.ts';
import { decideOrphans } from './orphan.ts';

type Orphan = ClaimBuilder | ClaimBuilder<LeaseRequest>;

const decide = (claims: readonly Orphan[], seconds: number) =>
  decideOrphans({
    claims: claims.map(({ object }): Permit | LeaseRequest => object),
    facts: factsOf(claims as readonly ClaimBuilder<Permit | LeaseRequest>[]),
    now: at(seconds),
  });

const outcomeOf = (claims: readonly Orphan[], seconds: number): string[] => {
  const { revoke, announce } = decide(claims, seconds);
  return [...revoke, ...announce].map(({ claim, reason, status }) => `${status.phase} ${claim.name}: ${reason}`);
};

const abroad = waiting('abroad').with({ semaphoreNamespace: 'other' });

describe('a claim on what does not exist', () => {
  it.each<[promise: string, given: Orphan[], atSecond: number, then: string[]]>([
    ['is not told so at once: both may come from one file', [waiting('a')], 0, []],
    [
      'is told so after a while',
      [waiting('a'), asking('b')],
      1,
      ['Pending a: NoSuchResource', 'Pending b: NoSuchResource'],
    ],
    ['is refused where it names another namespace', [abroad], 0, ['Denied abroad: NotAllowed']],
    [
      'is refused where its lease is in another namespace',
      [asking('b').with({ leaseNamespace: 'other' })],
      0,
      ['Denied b: NotAllowed'],
    ],
    ['may name its own namespace', [waiting('a').with({ semaphoreNamespace: 'default' })], 0, []],
    ['tries once when the timeout is 0s', [waiting('a').with({ timeout: '0s' })], 0, ['Denied a: TimedOut']],
    ['gives up in time', [waiting('a').with({ timeout: '5s' })], 5, ['Denied a: TimedOut']],
    ['goes with its owner', [waiting('a').owner('finished')], 0, ['Denied a: OwnerFinished']],
    ['holds on when the resource was taken away', [held('x'), holding('y')], 599.999, []],
    ['ends as any hold does', [held('x'), holding('y')], 600, ['Expired x: NotRenewed', 'Expired y: NotRenewed']],
    ['says nothing to who is leaving', [waiting('a').leaving()], 1, []],
  ])('%s', (_, claims, seconds, then) => {
    expect(outcomeOf(claims, seconds)).toEqual(then);
  });

  it('is answered in the words for what is forbidden', () => {
    expect(decide([abroad], 0).announce[0]?.message).toBe('there is no such resource for this namespace');
  });

  it('is told once', () => {
    const [patch] = decide([waiting('a')], 1).announce;
    expect(decide([waiting('a').told(patch?.status ?? {})], 2).announce).toEqual([]);
  });

  it('swaps nothing, and looks again in time', () => {
    const decision = decide([waiting('a').with({ timeout: '5s' })], 0);
    expect(decision).not.toHaveProperty('swap');
    expect(decision.wakeAt).toBe(1_000);
  });

  it('is collected when it has been over for a while', () => {
    expect(decide([waiting('a').told({ phase: 'Denied' })], 600).collect).toHaveLength(1);
  });
});
