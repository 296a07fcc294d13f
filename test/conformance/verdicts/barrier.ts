import { Barrier } from '../../../src/api/barrier.ts';
import { T1 } from './samples.ts';
import { changed, created, told, type Verdict } from './verdict.ts';

export const BARRIER_VERDICTS: readonly Verdict[] = [
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
      'a generation past 53 bits': [undefined, { generation: 2 ** 53 }, 'generation'],
      'a watermark in words': [undefined, { watermark: 'newest' }, 'watermark'],
      'too many names': [undefined, { arrivals: Array.from({ length: 1001 }, (_, i) => `h${i}`) }, 'arrivals'],
    },
  ),
];
