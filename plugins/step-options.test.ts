import { describe, expect, it } from 'vitest';
import { readStepRequest, type StepKind } from './step-options.ts';

type Written = Readonly<Record<string, unknown>>;

describe('what a user writes about a step', () => {
  it.each<[string, StepKind, Written, Written]>([
    ['says little', 'Semaphore', { name: 'db' }, { action: 'acquire', options: {} }],
    [
      'may be all texts, as templates make them',
      'Semaphore',
      { name: 'db', weight: '2', priority: '-5', permits: '3', ttl: '600', timeout: '1h30m' },
      { options: { weight: 2, priority: -5, permits: 3, ttl: '10m', timeout: '1h30m' } },
    ],
    [
      'may be numbers',
      'Lease',
      { name: 'l', priority: 7, timeout: 90 },
      { options: { priority: 7, timeout: '1m30s' } },
    ],
    [
      'may be empty where a template cannot leave it out',
      'Semaphore',
      { name: 'db', ttl: '', weight: '' },
      { options: {} },
    ],
    [
      'may be written in kebab case, as Tekton does',
      'Lease',
      { name: 'l', 'when-unavailable': 'fail' },
      { options: { whenUnavailable: 'fail' } },
    ],
    ['waits at a barrier after arriving', 'Barrier', { name: 'b' }, { action: 'arrive-and-wait' }],
    ['waits for a gate', 'Gate', { name: 'g', timeout: '0' }, { action: 'wait', options: { timeout: '0s' } }],
  ])('%s', (_, kind, written, expected) => {
    const { request, problem } = readStepRequest(kind, written);
    expect(problem).toBeUndefined();
    expect(request).toMatchObject(expected);
  });

  it.each<[StepKind, Written, string]>([
    ['Semaphore', {}, 'name: is required'],
    [
      'Semaphore',
      { name: 'DB' },
      'name: must be the name of an object: lower-case letters, digits, "-" and ".", not "DB"',
    ],
    ['Semaphore', { name: 'db', weight: '0' }, 'weight: must be at least 1, not 0'],
    ['Semaphore', { name: 'db', weight: 'two' }, 'weight: must be a whole number, not "two"'],
    ['Semaphore', { name: 'db', weight: '1.5' }, 'weight: must be a whole number, not "1.5"'],
    [
      'Semaphore',
      { name: 'db', ttl: '5 minutes' },
      'ttl: must be a duration such as "30s", "10m" or "1h30m", not "5 minutes"',
    ],
    ['Semaphore', { name: 'db', timeout: -1 }, 'timeout: must be a string, not -1'],
    [
      'Semaphore',
      { name: 'db', action: 'lock' },
      'action: must be one of "acquire", "release", "renew" for a Semaphore, not "lock"',
    ],
    ['Gate', { name: 'g', action: 'acquire' }, 'action: must be one of "wait" for a Gate, not "acquire"'],
    [
      'Semaphore',
      { name: 'db', wieght: 2 },
      'wieght: is not known to a Semaphore, which takes "action", "name", "namespace", "holder", "ttl", "priority", "timeout", "whenUnavailable", "claim", "weight", "permits"',
    ],
    [
      'Semaphore',
      { name: 'db', 'when-unavailable': 'maybe' },
      'when-unavailable: must be one of "wait", "fail", not "maybe"',
    ],
    ['Semaphore', { name: 'db', weight: 5, permits: 3 }, 'weight: is 5, more than the 3 permits that there are to be'],
    [
      'Lease',
      { name: 'l', whenUnavailable: 'fail', timeout: '1m' },
      'timeout: does not go with whenUnavailable "fail", which never waits',
    ],
    ['Semaphore', { name: 'db', claim: 'c' }, 'claim: goes with release and renew only: an acquire makes its own'],
    ['Lease', { name: 'l', whenUnavailable: 'wait', 'when-unavailable': 'wait' }, 'whenUnavailable: is given twice'],
    [
      'Semaphore',
      { name: 'db', namespace: 'A' },
      'namespace: must be the name of a namespace: lower-case letters, digits and "-", not "A"',
    ],
    ['Semaphore', { name: ['db'] }, 'name: must be a string, not ["db"]'],
  ])('%s %o is refused in one sentence', (kind, written, sentence) => {
    expect(readStepRequest(kind, written)).toEqual({ problem: sentence });
  });
});
