import { Gate } from '../../../src/api/gate.ts';
import { T1 } from './samples.ts';
import { created, type Fields, told, type Verdict, whole } from './verdict.ts';

const on = (...conditions: unknown[]): Fields => ({ conditions });

export const GATE_VERDICTS: readonly Verdict[] = [
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
