import { beforeEach, describe, expect, it } from 'vitest';
import type { Moment } from '../src/core/moment.ts';
import { type SeenClaim, type SeenClaims, type SeenResource, seenClaims } from './seen.ts';

const metadata = (name: string, resourceVersion = '1') => ({
  name,
  namespace: 'default',
  uid: `uid-${name}`,
  resourceVersion,
  creationTimestamp: '2026-01-01T00:00:00Z',
});
const claim = (name: string, phase?: string, renewTime?: string): SeenClaim => ({
  apiVersion: 'sync.konductor.io/v1',
  kind: 'Permit',
  metadata: metadata(name),
  spec: renewTime ? { renewTime } : {},
  status: phase ? { phase } : {},
});
const resource = (...tokens: readonly (readonly [claim: string, token: number])[]): SeenResource => ({
  apiVersion: 'sync.konductor.io/v1',
  kind: 'Semaphore',
  metadata: metadata('db'),
  status: { intents: tokens.map(([name, token]) => ({ uid: `uid-${name}`, token })) },
});

describe('what an operator has seen', () => {
  let elapsed = 0;
  let seen: SeenClaims;
  const at = (): Moment => ({ wall: elapsed, elapsed });
  beforeEach(() => {
    elapsed = 0;
    seen = seenClaims(at);
  });
  const facts = () => {
    const { first, alive, witnessed, phase } = seen.of(claim('a'));
    return { first: first.elapsed, alive: alive.elapsed, witnessed, phase: phase.elapsed };
  };

  it('begins with the first sight, whatever the claim says', () => {
    elapsed = 5;
    seen.claimChanged(undefined, claim('a', 'Granted', 'long ago'));
    expect(facts()).toEqual({ first: 5, alive: 5, witnessed: false, phase: 5 });
  });

  it('counts a hold from its grant, however long the claim has waited', () => {
    seen.claimChanged(undefined, claim('a'));
    elapsed = 100;
    seen.claimChanged(claim('a'), claim('a', 'Granted'));
    expect(facts()).toEqual({ first: 0, alive: 100, witnessed: false, phase: 100 });
  });

  it('counts it from the swap, while the claim does not know yet', () => {
    seen.claimChanged(undefined, claim('a'));
    elapsed = 100;
    seen.resourceChanged(resource(), resource(['a', 1]));
    elapsed = 200;
    seen.resourceChanged(resource(['a', 1]), resource(['a', 1], ['b', 2]));
    expect(facts()).toMatchObject({ first: 0, alive: 100 });
  });

  it('knows a grant that comes before its claim', () => {
    elapsed = 10;
    seen.resourceChanged(undefined, resource(['a', 1]));
    elapsed = 20;
    seen.claimChanged(undefined, claim('a'));
    expect(facts()).toMatchObject({ first: 20, alive: 10 });
  });

  it('counts one that it finds renewed from now: the renewal came after the swap', () => {
    elapsed = 10;
    seen.resourceChanged(undefined, resource(['a', 1]));
    elapsed = 20;
    seen.claimChanged(undefined, claim('a', 'Granted', 'meanwhile'));
    expect(facts()).toMatchObject({ first: 20, alive: 20 });
  });

  it('counts from a renewal that it saw happen', () => {
    seen.claimChanged(undefined, claim('a', 'Granted', 'then'));
    elapsed = 50;
    seen.claimChanged(claim('a', 'Granted', 'then'), claim('a', 'Granted', 'now'));
    expect(facts()).toEqual({ first: 0, alive: 50, witnessed: true, phase: 0 });
  });

  it('takes no other change for a renewal', () => {
    seen.claimChanged(undefined, claim('a', 'Granted'));
    elapsed = 50;
    seen.claimChanged(claim('a', 'Granted'), claim('a', 'Granted'));
    expect(facts()).toMatchObject({ alive: 0, witnessed: false });
  });

  it('knows since when a barrier waits, which its first status does not change, and its next generation does', () => {
    const sinceOf = (status: object | undefined) => {
      const barrier = { metadata: metadata('stage'), ...(status && { status }) } as never;
      seen.resourceChanged(barrier, barrier);
      return seen.since(barrier).elapsed;
    };
    expect(sinceOf(undefined)).toBe(0);
    elapsed = 50;
    expect(sinceOf({ generation: 1 })).toBe(0);
    elapsed = 80;
    expect(sinceOf({ generation: 2 })).toBe(80);
  });

  it('forgets who is gone', () => {
    seen.claimChanged(undefined, claim('a'));
    seen.claimChanged(claim('a'), undefined);
    expect(seen.size).toBe(0);
  });

  it('does not take a new claim for the old one of its name', () => {
    seen.claimChanged(undefined, claim('a'));
    elapsed = 50;
    const next = { ...claim('a'), metadata: { ...metadata('a'), uid: 'another' } };
    seen.claimChanged(claim('a'), next);
    expect(seen.of(next).first.elapsed).toBe(50);
    expect(seen.size).toBe(1);
  });
});
