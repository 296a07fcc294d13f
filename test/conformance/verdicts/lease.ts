import { Lease } from '../../../src/api/lease.ts';
import { INTENT, REFUSAL, T1, T2 } from './samples.ts';
import { created, told, type Verdict, whole } from './verdict.ts';

export const LEASE_VERDICTS: readonly Verdict[] = [
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
      'a token past 53 bits': [undefined, { token: 2 ** 53 }, 'token'],
      'a watermark in words': [undefined, { watermark: 'newest' }, 'watermark'],
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
];
