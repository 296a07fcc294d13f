import { Arrival } from '../../../src/api/arrival.ts';
import { LONG_NAME, T1 } from './samples.ts';
import { changed, created, told, type Verdict } from './verdict.ts';

const arrival = { barrier: 'b', holder: 'me' };

export const ARRIVAL_VERDICTS: readonly Verdict[] = [
  ...created(Arrival, arrival, {
    'the smallest': [{}],
    'for a generation, from elsewhere': [{ generation: 2, barrierNamespace: 'other' }],
    'no barrier': [{ barrier: undefined }, 'barrier'],
    'an empty barrier': [{ barrier: '' }, 'barrier'],
    'no holder': [{ holder: undefined }, 'holder'],
    'a holder of 254 letters': [{ holder: `${LONG_NAME}a` }, 'holder'],
    'a negative generation': [{ generation: -1 }, 'generation'],
    'a generation past 53 bits': [{ generation: 2 ** 53 }, 'generation'],
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
];
