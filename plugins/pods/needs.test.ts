import { describe, expect, it } from 'vitest';
import { needsOf } from './needs.ts';
import type { Pod } from './pod.ts';

const aPod = (annotations: Readonly<Record<string, string>>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    ...{ name: 'worker-1', namespace: 'team', uid: 'u1', resourceVersion: '1' },
    creationTimestamp: '2026-01-01T00:00:00Z',
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`sync.konductor.io/${key}`, value]),
    ),
  },
  spec: {},
});

const said = (annotations: Readonly<Record<string, string>>) => {
  const { needs, problem } = needsOf(aPod(annotations));
  if (problem !== undefined) return problem;
  return needs.steps.map(({ action, resource: { kind, name, namespace }, options }) =>
    [action, kind, `${namespace}/${name}`, JSON.stringify(options)].join(' '),
  );
};

describe('the annotations of a Pod', () => {
  it.each<[string, Record<string, string>, readonly string[]]>([
    ['name what it needs', { semaphore: 'db' }, ['acquire Semaphore team/db {}']],
    [
      'are taken in one order, however they are written',
      { lease: 'l', semaphore: 'z, shared/a, b', gate: 'g', barrier: 'b' },
      [
        'wait Gate team/g {}',
        'arrive-and-wait Barrier team/b {}',
        'acquire Semaphore shared/a {}',
        'acquire Semaphore team/b {}',
        'acquire Semaphore team/z {}',
        'acquire Lease team/l {}',
      ],
    ],
    [
      'say how much of each, and how urgent',
      { semaphore: 'b,a', weight: '1,2', priority: '7', ttl: '90s' },
      [
        'acquire Semaphore team/a {"priority":7,"ttl":"90s","weight":2}',
        'acquire Semaphore team/b {"priority":7,"ttl":"90s","weight":1}',
      ],
    ],
    ['may be empty', { semaphore: 'db', lease: '', 'on-timeout': '' }, ['acquire Semaphore team/db {}']],
  ])('%s', (_, annotations, steps) => {
    const found = said(annotations);
    expect(Array.isArray(found) && found.map((step) => step.replace(/\{.*\}/, (json) => sorted(json)))).toEqual(steps);
  });

  it.each<[Record<string, string>, string]>([
    [
      { semaphor: 'db' },
      'semaphor is not known: a Pod takes gate, barrier, semaphore, lease, weight, priority, ttl, timeout, on-timeout, release-on',
    ],
    [
      { semaphore: 'db', holder: 'admin' },
      'holder is not known: a Pod takes gate, barrier, semaphore, lease, weight, priority, ttl, timeout, on-timeout, release-on',
    ],
    [{ semaphore: 'DB' }, 'semaphore must be the name of an object: lower-case letters, digits, "-" and ".", not "DB"'],
    [{ semaphore: 'A/db' }, 'semaphore must be the name of a namespace: lower-case letters, digits and "-", not "A"'],
    [{ semaphore: 'db', weight: '-1' }, 'weight must be at least 1, not -1'],
    [{ semaphore: 'db', weight: '1,2' }, 'weight names 2 weights for 1 semaphores: give one for all or one each'],
    [{ lease: 'l', weight: '1' }, 'weight goes with a semaphore'],
    [{ semaphore: 'db,db' }, 'semaphore names the same one twice'],
    [{ semaphore: 'db', timeout: 'soon' }, 'timeout must be a duration such as "30s", "10m" or "1h30m", not "soon"'],
    [{ semaphore: 'db', 'on-timeout': 'fail' }, 'on-timeout must be keep or delete, not "fail"'],
    [{ semaphore: 'db', 'release-on': 'ready' }, 'release-on must be Finished or Ready, not "ready"'],
    [{ semaphore: 'db', priority: 'high' }, 'priority must be a whole number, not "high"'],
  ])('%o are refused in one sentence', (annotations, sentence) => {
    expect(said(annotations)).toBe(`annotation sync.konductor.io/${sentence}`);
  });

  it('must be there', () => {
    expect(said({ 'on-timeout': 'keep' })).toBe(
      'no annotation says what the Pod waits for: give one of sync.konductor.io/gate, sync.konductor.io/barrier, sync.konductor.io/semaphore, sync.konductor.io/lease',
    );
  });
});

const sorted = (json: string): string => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(json)).sort()));
