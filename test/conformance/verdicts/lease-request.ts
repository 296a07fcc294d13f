import { LeaseRequest } from '../../../src/api/lease-request.ts';
import { T1, T2 } from './samples.ts';
import { changed, created, told, type Verdict } from './verdict.ts';

const request = { lease: 'db', holder: 'me' };

export const LEASE_REQUEST_VERDICTS: readonly Verdict[] = [
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
];
