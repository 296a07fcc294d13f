import { Gate } from '../../src/api/gate.ts';
import { decideGate, mayLookAt, subjectsOf } from '../../src/core/gate.ts';
import { type Gathered, rules } from '../rules.ts';

export const gateRules = rules({
  kind: Gate,
  subjects: { of: subjectsOf, mayLookAt },
  gather: ({ resource, sightOf, since, now }: Gathered<Gate, never>) => ({
    gate: resource,
    subjects: ({ subject }: { readonly subject: Parameters<typeof sightOf>[0] }) => sightOf(subject),
    since,
    now,
  }),
  decide: decideGate,
});
