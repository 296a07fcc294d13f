import { Arrival } from '../../src/api/arrival.ts';
import { Barrier } from '../../src/api/barrier.ts';
import { Gate } from '../../src/api/gate.ts';
import { API_VERSION } from '../../src/api/group.ts';
import type { Kind } from '../../src/api/kind.ts';
import { Lease } from '../../src/api/lease.ts';
import { LeaseRequest } from '../../src/api/lease-request.ts';
import { Permit } from '../../src/api/permit.ts';
import { Semaphore } from '../../src/api/semaphore.ts';

/** What is written, over what was there before, and what becomes of it. */
export interface Verdict {
  readonly name: string;
  readonly kind: Kind;
  /** The object that is there before; absent when the write is a creation. */
  readonly before?: Manifest;
  readonly write: Manifest;
  /** The field a refusal names; absent when the write is accepted. */
  readonly refused?: string;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: unknown;
  readonly status?: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** A creation: fields of spec over the smallest good one. `undefined` takes a field away. */
const created = (kind: Kind, smallest: Fields, rows: Readonly<Record<string, readonly [Fields, string?]>>): Verdict[] =>
  Object.entries(rows).map(([name, [fields, refused]]) => ({
    name: `${kind.kind}: ${name}`,
    kind,
    write: manifest(kind, { ...smallest, ...fields }),
    ...(refused && { refused: `spec.${refused}` }),
  }));

/** A change of spec: the same, over what was there before. */
const changed = (
  kind: Kind,
  smallest: Fields,
  rows: Readonly<Record<string, readonly [Fields, Fields, string?]>>,
): Verdict[] =>
  Object.entries(rows).map(([name, [before, fields, refused]]) => ({
    name: `${kind.kind}: ${name}`,
    kind,
    before: manifest(kind, { ...smallest, ...before }),
    write: manifest(kind, { ...smallest, ...fields }),
    ...(refused && { refused: `spec.${refused}` }),
  }));

/** A change of status, as an operator makes it. */
const told = (
  kind: Kind,
  spec: Fields,
  rows: Readonly<Record<string, readonly [Fields | undefined, Fields, string?]>>,
): Verdict[] =>
  Object.entries(rows).map(([name, [before, status, refused]]) => ({
    name: `${kind.kind} status: ${name}`,
    kind,
    before: manifest(kind, spec, before),
    write: manifest(kind, spec, status),
    ...(refused && { refused: `status.${refused}` }),
  }));

/** Any manifest at all, for what is wrong outside spec and status. */
const whole = (kind: Kind, rows: Readonly<Record<string, readonly [Fields, string?]>>): Verdict[] =>
  Object.entries(rows).map(([name, [fields, refused]]) => ({
    name: `${kind.kind}: ${name}`,
    kind,
    write: { apiVersion: API_VERSION, kind: kind.kind, metadata: { name: 'x' }, ...fields },
    ...(refused && { refused }),
  }));

const manifest = (kind: Kind, spec: Fields, status?: Fields): Manifest => ({
  apiVersion: API_VERSION,
  kind: kind.kind,
  metadata: { name: 'x' },
  spec,
  ...(status && { status }),
});

const LONG_NAME = 'a'.repeat(253);
const T1 = '2026-01-01T00:00:00.000001Z';
const T2 = '2026-01-01T00:00:00.000002Z';
const CONDITION = { type: 'Ready', status: 'True', reason: 'Because', message: '', lastTransitionTime: T1 };
const INTENT = {
  claim: 'c',
  namespace: 'n',
  uid: 'u',
  holder: 'h',
  token: 1,
  acquiredAt: T1,
  expiresAt: T2,
  weight: 1,
};
const REFUSAL = { claim: 'c', namespace: 'n', uid: 'u', reason: 'TimedOut' };

const permits = { permits: 5 };
const claim = { semaphore: 'db', holder: 'me' };
const request = { lease: 'db', holder: 'me' };
const arrival = { barrier: 'b', holder: 'me' };
const on = (...conditions: unknown[]): Fields => ({ conditions });

export const VERDICTS: readonly Verdict[] = [
  ...created(Semaphore, permits, {
    'the smallest': [{}],
    'everything said': [
      { ttl: '5m', maxTTL: '1h', ordering: 'BestEffort', maxWaiters: 100, allowedNamespaces: ['team-a', '*'] },
    ],
    'one permit': [{ permits: 1 }],
    'as many permits as there may be': [{ permits: 1_000_000 }],
    'no permits': [{ permits: 0 }, 'permits'],
    'fewer than no permits': [{ permits: -1 }, 'permits'],
    'more permits than there may be': [{ permits: 1_000_001 }, 'permits'],
    'permits past 32 bits': [{ permits: 2 ** 31 }, 'permits'],
    'permits past 53 bits': [{ permits: 2 ** 53 }, 'permits'],
    'half a permit': [{ permits: 1.5 }, 'permits'],
    'permits as text': [{ permits: '5' }, 'permits'],
    'permits as true': [{ permits: true }, 'permits'],
    'permits as a list': [{ permits: [5] }, 'permits'],
    'permits null': [{ permits: null }, 'permits'],
    'permits not said': [{ permits: undefined }, 'permits'],
    'a field nobody knows': [{ limit: 5 }, 'limit'],
    'a ttl as Go writes it': [{ ttl: '10m0s' }],
    'an hour as Go writes it': [{ ttl: '1h0m0s' }],
    'a ttl below a second': [{ ttl: '500ms' }],
    'a second and a half as Go writes it': [{ ttl: '1.5s' }],
    'a ttl of two parts': [{ ttl: '1m30s' }],
    'no ttl as Go writes it': [{ ttl: '0s' }],
    'a null ttl counts as not said': [{ ttl: null }],
    'a ttl of five digits': [{ ttl: '99999s' }],
    'a ttl of six digits': [{ ttl: '100000s' }, 'ttl'],
    'a ttl of five parts': [{ ttl: '1h1m1s1ms1ms' }, 'ttl'],
    'a ttl without a unit': [{ ttl: '5' }, 'ttl'],
    'a negative ttl': [{ ttl: '-1s' }, 'ttl'],
    'a ttl in days': [{ ttl: '1d' }, 'ttl'],
    'a ttl in hours and a half': [{ ttl: '1.5h' }, 'ttl'],
    'a ttl in minutes and a half': [{ ttl: '1.5m' }, 'ttl'],
    'a ttl of a point': [{ ttl: '.5s' }, 'ttl'],
    'a ttl with a space': [{ ttl: '1h 30m' }, 'ttl'],
    'a ttl in other digits': [{ ttl: '５m' }, 'ttl'],
    'a ttl with an end of line': [{ ttl: '5m\n' }, 'ttl'],
    'an empty ttl': [{ ttl: '' }, 'ttl'],
    'a ttl as a number': [{ ttl: 300 }, 'ttl'],
    'a ttl as long as it may be': [{ ttl: '99999h99999h99999h99999h' }],
    'a ttl as long as maxTTL': [{ ttl: '60s', maxTTL: '1m' }],
    'a ttl longer than maxTTL': [{ ttl: '61s', maxTTL: '1m' }, 'maxTTL'],
    'a default ttl longer than maxTTL': [{ maxTTL: '1m' }, 'maxTTL'],
    'an ordering nobody knows': [{ ordering: 'Fair' }, 'ordering'],
    'an ordering in lower case': [{ ordering: 'strict' }, 'ordering'],
    'no waiters at all': [{ maxWaiters: 0 }],
    'fewer than no waiters': [{ maxWaiters: -1 }, 'maxWaiters'],
    'no other namespace': [{ allowedNamespaces: [] }],
    'a namespace in upper case': [{ allowedNamespaces: ['ok', 'Team'] }, 'allowedNamespaces[1]'],
    'a pattern of namespaces': [{ allowedNamespaces: ['team-*'] }, 'allowedNamespaces[0]'],
    'an empty namespace': [{ allowedNamespaces: [''] }, 'allowedNamespaces[0]'],
    'namespaces as text': [{ allowedNamespaces: 'team-a' }, 'allowedNamespaces'],
    'a namespace of 64 letters': [{ allowedNamespaces: ['a'.repeat(64)] }, 'allowedNamespaces[0]'],
    'as many namespaces as there may be': [{ allowedNamespaces: Array.from({ length: 64 }, (_, i) => `n${i}`) }],
    'one namespace too many': [
      { allowedNamespaces: Array.from({ length: 65 }, (_, i) => `n${i}`) },
      'allowedNamespaces',
    ],
  }),
  ...whole(Semaphore, {
    'no spec': [{}, 'spec'],
    'a null spec': [{ spec: null }, 'spec'],
    'a spec that is text': [{ spec: 'five' }, 'spec'],
    'a field beside spec': [{ spec: permits, extra: 1 }, 'extra'],
    'a name in upper case': [{ metadata: { name: 'DB' }, spec: permits }, 'metadata.name'],
    'a name with an underscore': [{ metadata: { name: 'my_db' }, spec: permits }, 'metadata.name'],
    'a name of 254 letters': [{ metadata: { name: `${LONG_NAME}a` }, spec: permits }, 'metadata.name'],
  }),
  ...changed(Semaphore, permits, {
    growing: [{}, { permits: 50 }],
    shrinking: [{}, { permits: 1 }],
    'another ttl': [{}, { ttl: '1h' }],
  }),
  ...told(Semaphore, permits, {
    'the first': [undefined, { inUse: 1, available: 4, waiting: 0, phase: 'Ready', token: 7, conditions: [CONDITION] }],
    'a grant that is only an intent': [undefined, { intents: [INTENT], watermark: '123' }],
    'full, then ready again': [{ phase: 'Full' }, { phase: 'Ready' }],
    'more held than there is': [undefined, { inUse: 50, available: 0 }],
    'less than nothing free': [undefined, { available: -1 }, 'available'],
    'a phase nobody knows': [undefined, { phase: 'Open' }, 'phase'],
    'a token that grows': [{ token: 7 }, { token: 8 }],
    'a token past 32 bits': [{ token: 7 }, { token: 2 ** 40 }],
    'a token that falls': [{ token: 7 }, { token: 6 }, 'token'],
    'a token that is forgotten': [{ token: 7 }, { phase: 'Ready' }, 'token'],
    'an intent without a holder': [undefined, { intents: [{ ...INTENT, holder: '' }] }, 'intents[0].holder'],
    'a refusal that is only noted': [undefined, { refusals: [REFUSAL] }],
    'a refusal without a reason': [undefined, { refusals: [{ ...REFUSAL, reason: '' }] }, 'refusals[0].reason'],
    'a refusal of nobody': [undefined, { refusals: [{ ...REFUSAL, uid: '' }] }, 'refusals[0].uid'],
    'as many refusals as there may be': [undefined, { refusals: Array.from({ length: 256 }, () => REFUSAL) }],
    'too many refusals': [undefined, { refusals: Array.from({ length: 257 }, () => REFUSAL) }, 'refusals'],
    'too many intents': [undefined, { intents: Array.from({ length: 257 }, () => INTENT) }, 'intents'],
    'a condition without a reason': [undefined, { conditions: [{ ...CONDITION, reason: '' }] }, 'conditions[0].reason'],
    'a condition that is maybe': [
      undefined,
      { conditions: [{ ...CONDITION, status: 'Maybe' }] },
      'conditions[0].status',
    ],
  }),

  ...created(Permit, claim, {
    'the smallest': [{}],
    'everything said': [
      {
        ttl: '1m',
        timeout: '0s',
        weight: 3,
        priority: -5,
        requestId: 'workflow/123.step-4',
        renewal: 'Owner',
        renewTime: T1,
        confirmWithin: '10s',
        semaphoreNamespace: 'other',
      },
    ],
    'a semaphore with the longest name': [{ semaphore: LONG_NAME }],
    'a semaphore with dots': [{ semaphore: 'db.main' }],
    'no semaphore': [{ semaphore: undefined }, 'semaphore'],
    'an empty semaphore': [{ semaphore: '' }, 'semaphore'],
    'a semaphore with too long a name': [{ semaphore: `${LONG_NAME}a` }, 'semaphore'],
    'a semaphore in upper case': [{ semaphore: 'DB' }, 'semaphore'],
    'a semaphore with a letter outside ASCII': [{ semaphore: 'naïve' }, 'semaphore'],
    'a semaphore that ends in a dash': [{ semaphore: 'db-' }, 'semaphore'],
    'a semaphore with two dots': [{ semaphore: 'db..main' }, 'semaphore'],
    'a semaphore with its namespace': [{ semaphore: 'other/db' }, 'semaphore'],
    'a holder in Japanese': [{ holder: 'ジョブ一号' }],
    'a holder with spaces': [{ holder: 'my laptop' }],
    'a holder of 253 letters': [{ holder: LONG_NAME }],
    'a holder of 253 pictures, two units each': [{ holder: '🔒'.repeat(253) }],
    'a holder of 254 pictures': [{ holder: '🔒'.repeat(254) }, 'holder'],
    'no holder': [{ holder: undefined }, 'holder'],
    'an empty holder': [{ holder: '' }, 'holder'],
    'a holder of two lines': [{ holder: 'a\nb' }, 'holder'],
    'a holder that writes to terminals': [{ holder: '\u001b[2J' }, 'holder'],
    'a holder as a number': [{ holder: 7 }, 'holder'],
    'no weight': [{ weight: 0 }, 'weight'],
    'a negative weight': [{ weight: -2 }, 'weight'],
    'half a weight': [{ weight: 0.5 }, 'weight'],
    'a null weight counts as not said': [{ weight: null }],
    'a priority as high as it may be': [{ priority: 1_000_000_000 }],
    'a priority as low as it may be': [{ priority: -1_000_000_000 }],
    'a priority above that': [{ priority: 1_000_000_001 }, 'priority'],
    'a priority by name': [{ priority: 'high' }, 'priority'],
    'a timeout in weeks': [{ timeout: '1w' }, 'timeout'],
    'a renewal nobody knows': [{ renewal: 'Server' }, 'renewal'],
    'a renewal time without a fraction': [{ renewTime: '2026-01-01T00:00:00Z' }],
    'a renewal time with three digits': [{ renewTime: '2026-01-01T00:00:00.123Z' }],
    'a renewal time in another zone': [{ renewTime: '2026-01-01T00:00:00+01:00' }, 'renewTime'],
    'a renewal time that is a date': [{ renewTime: '2026-01-01' }, 'renewTime'],
    'a renewal time on 30 February': [{ renewTime: '2026-02-30T00:00:00Z' }, 'renewTime'],
    'a renewal time at 25 o’clock': [{ renewTime: '2026-01-01T25:00:00Z' }, 'renewTime'],
    'an empty request id': [{ requestId: '' }, 'requestId'],
    'a request id of 254 letters': [{ requestId: `${LONG_NAME}a` }, 'requestId'],
    'a bad time to confirm': [{ confirmWithin: 'soon' }, 'confirmWithin'],
    'a namespace with a dot': [{ semaphoreNamespace: 'a.b' }, 'semaphoreNamespace'],
  }),
  ...changed(Permit, claim, {
    'nothing changes': [{}, {}],
    'a first renewal': [{}, { renewTime: T1 }],
    'a later renewal': [{ renewTime: T1 }, { renewTime: T2 }],
    'the same renewal again': [{ renewTime: T2 }, { renewTime: T2 }],
    'a later renewal, written shorter': [{ renewTime: T1 }, { renewTime: '2026-01-01T00:00:01Z' }],
    'an earlier renewal': [{ renewTime: T2 }, { renewTime: T1 }, 'renewTime'],
    'a renewal taken back': [{ renewTime: T2 }, {}, 'renewTime'],
    'another semaphore': [{}, { semaphore: 'other' }, 'semaphore'],
    'another holder': [{}, { holder: 'you' }, 'holder'],
    'more weight': [{}, { weight: 2 }, 'weight'],
    'more priority': [{}, { priority: 9 }, 'priority'],
    'a ttl said later': [{}, { ttl: '1h' }, 'ttl'],
    'a ttl taken away': [{ ttl: '1h' }, {}, 'ttl'],
    'a longer ttl': [{ ttl: '1h' }, { ttl: '2h' }, 'ttl'],
    'a ttl as a Go program writes it back': [{ ttl: '90s' }, { ttl: '1m30s' }],
    'a timeout as a Go program writes it back': [{ timeout: '10m' }, { timeout: '10m0s' }],
    'a longer timeout': [{ timeout: '10m' }, { timeout: '10m1s' }, 'timeout'],
    'a confirmWithin as a Go program writes it back': [{ confirmWithin: '1500ms' }, { confirmWithin: '1.5s' }],
    'another time to wait': [{ timeout: '1h' }, { timeout: '2h' }, 'timeout'],
    'another way to renew': [{}, { renewal: 'Owner' }, 'renewal'],
    'another request id': [{ requestId: 'a' }, { requestId: 'b' }, 'requestId'],
    'another time to confirm': [{}, { confirmWithin: '1s' }, 'confirmWithin'],
    'another namespace': [{}, { semaphoreNamespace: 'b' }, 'semaphoreNamespace'],
  }),
  ...told(Permit, claim, {
    'a first word': [undefined, { phase: 'Pending', sequence: 12 }],
    'granted at once': [undefined, { phase: 'Granted', token: 3, acquiredAt: T1, expiresAt: T2 }],
    'pending, then granted': [{ phase: 'Pending' }, { phase: 'Granted', token: 3 }],
    'pending, then denied': [{ phase: 'Pending' }, { phase: 'Denied' }],
    'granted, then expired': [
      { phase: 'Granted', token: 3 },
      { phase: 'Expired', token: 3 },
    ],
    'granted, then lost': [{ phase: 'Granted' }, { phase: 'Lost' }],
    'granted, then pending': [{ phase: 'Granted' }, { phase: 'Pending' }, 'phase'],
    'granted, then denied': [{ phase: 'Granted' }, { phase: 'Denied' }, 'phase'],
    'expired, then granted': [{ phase: 'Expired' }, { phase: 'Granted' }, 'phase'],
    'denied, then granted': [{ phase: 'Denied' }, { phase: 'Granted' }, 'phase'],
    'lost, then granted': [{ phase: 'Lost' }, { phase: 'Granted' }, 'phase'],
    'granted, then nothing': [{ phase: 'Granted' }, { sequence: 1 }, 'phase'],
    'another token': [{ phase: 'Granted', token: 3 }, { phase: 'Granted', token: 4 }, 'token'],
    'a phase nobody knows': [undefined, { phase: 'Held' }, 'phase'],
    'a negative token': [undefined, { token: -1 }, 'token'],
    'a bad time': [undefined, { acquiredAt: 'now' }, 'acquiredAt'],
  }),

  ...created(
    Barrier,
    { expected: 3 },
    {
      'the smallest': [{}],
      'everything said': [{ quorum: 2, timeout: '30m', cyclic: true, arrivalPolicy: 'Live', allowedNamespaces: ['*'] }],
      'nobody expected': [{ expected: 0 }, 'expected'],
      'fewer than nobody': [{ expected: -3 }, 'expected'],
      'more than there may be': [{ expected: 1_000_001 }, 'expected'],
      'expected not said': [{ expected: undefined }, 'expected'],
      'expected as text': [{ expected: 'three' }, 'expected'],
      'a quorum of all': [{ quorum: 3 }],
      'a quorum of none': [{ quorum: 0 }, 'quorum'],
      'a quorum of more than all': [{ quorum: 4 }, 'quorum'],
      'no timeout as Go writes it': [{ timeout: '0s' }],
      'a bad timeout': [{ timeout: '30' }, 'timeout'],
      'cyclic as text': [{ cyclic: 'yes' }, 'cyclic'],
      'an arrival policy nobody knows': [{ arrivalPolicy: 'Latch' }, 'arrivalPolicy'],
      'a field nobody knows': [{ count: 3 }, 'count'],
    },
  ),
  ...changed(
    Barrier,
    { expected: 3, quorum: 2 },
    {
      'a later deadline': [{ timeout: '30m' }, { timeout: '1h' }],
      'fewer expected than the quorum': [{}, { expected: 1 }, 'quorum'],
    },
  ),
  ...told(
    Barrier,
    { expected: 3 },
    {
      'the first': [undefined, { arrived: 1, arrivals: ['a'], phase: 'Waiting', generation: 1, startedAt: T1 }],
      'waiting, then open': [{ phase: 'Waiting' }, { phase: 'Open', openedAt: T1 }],
      'waiting, then timed out': [{ phase: 'Waiting' }, { phase: 'Timeout' }],
      'open, then waiting': [{ phase: 'Open' }, { phase: 'Waiting' }, 'phase'],
      'timed out, then open': [{ phase: 'Timeout' }, { phase: 'Open' }, 'phase'],
      'failed, then waiting': [{ phase: 'Failed' }, { phase: 'Waiting' }, 'phase'],
      'open, then waiting in the same generation': [
        { phase: 'Open', generation: 1 },
        { phase: 'Waiting', generation: 1 },
        'phase',
      ],
      'open, then waiting in the next generation': [
        { phase: 'Open', generation: 1 },
        { phase: 'Waiting', generation: 2 },
      ],
      'an earlier generation': [{ phase: 'Waiting', generation: 2 }, { phase: 'Waiting', generation: 1 }, 'generation'],
      'too many names': [undefined, { arrivals: Array.from({ length: 1001 }, (_, i) => `h${i}`) }, 'arrivals'],
    },
  ),

  ...created(Arrival, arrival, {
    'the smallest': [{}],
    'for a generation, from elsewhere': [{ generation: 2, barrierNamespace: 'other' }],
    'no barrier': [{ barrier: undefined }, 'barrier'],
    'an empty barrier': [{ barrier: '' }, 'barrier'],
    'no holder': [{ holder: undefined }, 'holder'],
    'a holder of 254 letters': [{ holder: `${LONG_NAME}a` }, 'holder'],
    'a negative generation': [{ generation: -1 }, 'generation'],
    'a field nobody knows': [{ ttl: '5m' }, 'ttl'],
  }),
  ...changed(Arrival, arrival, {
    'another holder': [{}, { holder: 'you' }, 'holder'],
    'another barrier': [{}, { barrier: 'c' }, 'barrier'],
    'a generation said later': [{}, { generation: 1 }, 'generation'],
  }),
  ...told(Arrival, arrival, {
    recorded: [undefined, { phase: 'Recorded', arrivedAt: T1, generation: 1 }],
    'recorded, then denied': [{ phase: 'Recorded' }, { phase: 'Denied' }, 'phase'],
    'denied, then recorded': [{ phase: 'Denied' }, { phase: 'Recorded' }, 'phase'],
  }),

  ...whole(Lease, {
    'nothing said': [{}],
    'a null spec counts as not said': [{ spec: null }],
    'a field beside spec': [{ holder: 'me' }, 'holder'],
  }),
  ...created(
    Lease,
    {},
    {
      'the smallest': [{}],
      'everything said': [
        { ttl: '30s', priority: 10, preemption: 'Never', gracePeriod: '0s', allowedNamespaces: ['team-a'] },
      ],
      'a bad ttl': [{ ttl: '30 s' }, 'ttl'],
      'a priority that is half': [{ priority: 0.5 }, 'priority'],
      'a preemption nobody knows': [{ preemption: 'Always' }, 'preemption'],
      'a bad grace period': [{ gracePeriod: 30 }, 'gracePeriod'],
      permits: [{ permits: 1 }, 'permits'],
    },
  ),
  ...told(
    Lease,
    {},
    {
      held: [
        undefined,
        { phase: 'Held', holder: 'me', token: 4, acquiredAt: T1, acquired: T1, expiresAt: T2, renewCount: 0 },
      ],
      'held, then free': [
        { phase: 'Held', token: 4 },
        { phase: 'Available', token: 4 },
      ],
      'a token that falls': [{ token: 4 }, { token: 3 }, 'token'],
      'a phase nobody knows': [undefined, { phase: 'Expired' }, 'phase'],
      'a refusal that is only noted': [undefined, { refusals: [REFUSAL] }],
      'a refusal of a claim without a name': [
        undefined,
        { refusals: [{ ...REFUSAL, claim: '' }] },
        'refusals[0].claim',
      ],
      'two intents': [undefined, { intents: [INTENT, INTENT].map(({ weight: _, ...intent }) => intent) }, 'intents'],
    },
  ),

  ...created(LeaseRequest, request, {
    'the smallest': [{}],
    'everything said': [
      {
        leaseNamespace: 'other',
        ttl: '1m',
        timeout: '0s',
        priority: 3,
        requestId: 'r',
        renewal: 'Owner',
        renewTime: T1,
        confirmWithin: '5s',
      },
    ],
    'no lease': [{ lease: undefined }, 'lease'],
    'an empty holder': [{ holder: '' }, 'holder'],
    'a weight': [{ weight: 1 }, 'weight'],
    'a bad ttl': [{ ttl: 'PT5M' }, 'ttl'],
  }),
  ...changed(LeaseRequest, request, {
    'a later renewal': [{ renewTime: T1 }, { renewTime: T2 }],
    'an earlier renewal': [{ renewTime: T2 }, { renewTime: T1 }, 'renewTime'],
    'another lease': [{}, { lease: 'other' }, 'lease'],
    'a priority said later': [{}, { priority: 1 }, 'priority'],
  }),
  ...told(LeaseRequest, request, {
    granted: [{ phase: 'Pending' }, { phase: 'Granted', token: 1, requestedAt: T1 }],
    'lost, then granted': [{ phase: 'Lost' }, { phase: 'Granted' }, 'phase'],
  }),

  ...whole(Gate, { 'nothing said': [{}] }),
  ...created(
    Gate,
    {},
    {
      'opened by hand': [{ open: true }],
      'null conditions, as Go writes none': [{ conditions: null }],
      'every subject': [
        on(
          { job: 'a', state: 'Complete' },
          { barrier: 'a' },
          { lease: 'a', state: 'Available' },
          { semaphore: 'a', permits: 2 },
          { gate: 'a', namespace: 'other' },
          { pod: 'a', state: 'Ready' },
          { workflow: 'a', state: 'Succeeded' },
          { pipelineRun: 'a' },
          {
            resource: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' },
            when: 'object.status.readyReplicas >= 2',
          },
        ),
      ],
      'the typed form': [on({ type: 'Job', name: 'a', state: 'Failed' }, { type: 'Semaphore', name: 'a', value: 2 })],
      'no subject': [on({ state: 'Open' }), 'conditions[0]'],
      'two subjects': [on({ job: 'a', barrier: 'b' }), 'conditions[0]'],
      'both forms': [on({ job: 'a', type: 'Job', name: 'a' }), 'conditions[0]'],
      'a type without a name': [on({ type: 'Job' }), 'conditions[0].name'],
      'a name without a type': [on({ job: 'a', name: 'b' }), 'conditions[0].name'],
      'a type nobody knows': [on({ type: 'Mutex', name: 'a' }), 'conditions[0].type'],
      'a state of something else': [on({ barrier: 'a' }, { job: 'a', state: 'Open' }), 'conditions[1].state'],
      'a state of something else, typed': [on({ type: 'Lease', name: 'a', state: 'Complete' }), 'conditions[0].state'],
      'an empty state': [on({ job: 'a', state: '' }), 'conditions[0].state'],
      'permits of a job': [on({ job: 'a', permits: 1 }), 'conditions[0].permits'],
      'no permits of a semaphore': [on({ semaphore: 'a', permits: 0 }), 'conditions[0].permits'],
      'a value in the short form': [on({ semaphore: 'a', value: 1 }), 'conditions[0].value'],
      'a value and permits': [on({ type: 'Semaphore', name: 'a', value: 1, permits: 1 }), 'conditions[0].value'],
      'a resource without when': [on({ resource: { apiVersion: 'v1', kind: 'Pod', name: 'a' } }), 'conditions[0].when'],
      'when without a resource': [on({ job: 'a', when: 'true' }), 'conditions[0].when'],
      'a state of a resource': [
        on({ resource: { apiVersion: 'v1', kind: 'Pod', name: 'a' }, when: 'true', state: 'Ready' }),
        'conditions[0].state',
      ],
      'a resource without a kind': [
        on({ resource: { apiVersion: 'v1', name: 'a' }, when: 'true' }),
        'conditions[0].resource.kind',
      ],
      'a resource with a bad version': [
        on({ resource: { apiVersion: 'apps/v1/x', kind: 'Deployment', name: 'a' }, when: 'true' }),
        'conditions[0].resource.apiVersion',
      ],
      'a when that goes on and on': [
        on({ resource: { apiVersion: 'v1', kind: 'Pod', name: 'a' }, when: 'x'.repeat(1025) }),
        'conditions[0].when',
      ],
      'a subject in upper case': [on({ job: 'Loader' }), 'conditions[0].job'],
      'a field nobody knows': [on({ cronJob: 'a' }), 'conditions[0].cronJob'],
      'conditions as a map': [{ conditions: { job: 'a' } }, 'conditions'],
      'a condition as text': [on('job/a'), 'conditions[0]'],
      'as many conditions as there may be': [on(...Array.from({ length: 32 }, (_, i) => ({ job: `a${i}` })))],
      'one condition too many': [on(...Array.from({ length: 33 }, (_, i) => ({ job: `a${i}` }))), 'conditions'],
      'open with conditions': [{ open: true, ...on({ job: 'a' }) }, 'open'],
      'a bad timeout': [{ timeout: '1 hour' }, 'timeout'],
      'latch as text': [{ latch: 'false' }, 'latch'],
    },
  ),
  ...told(Gate, on({ job: 'a' }), {
    'waiting, then open': [
      { phase: 'Waiting', conditionStatuses: [{ type: 'Job', name: 'a', met: false, message: 'is running' }] },
      { phase: 'Open', openedAt: T1, conditionStatuses: [{ type: 'Job', name: 'a', met: true }] },
    ],
    'open, then waiting': [{ phase: 'Open' }, { phase: 'Waiting' }, 'phase'],
    'failed, then open': [{ phase: 'Failed' }, { phase: 'Open' }, 'phase'],
    'a status that does not say whether': [
      undefined,
      { conditionStatuses: [{ type: 'Job', name: 'a' }] },
      'conditionStatuses[0].met',
    ],
  }),
  ...told(
    Gate,
    { ...on({ job: 'a' }), latch: false },
    {
      'without a latch: open, then waiting': [{ phase: 'Open' }, { phase: 'Waiting' }],
    },
  ),
  ...told(
    Gate,
    {},
    {
      'opened and closed by hand, by an older client': [{ phase: 'Open', openedAt: T1 }, { phase: 'Waiting' }],
    },
  ),
];
