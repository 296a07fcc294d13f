import { BARRIER_MUTANTS } from './barrier-mutants.ts';
import { GATE_MUTANTS } from './gate-mutants.ts';
import { HOLD_MUTANTS } from './hold-mutants.ts';
import { KUBE_MUTANTS } from './kube-mutants.ts';
import type { Mutant } from './mutant.ts';
import { OPERATOR_MUTANTS } from './operator-mutants.ts';
import { OWNER_MUTANTS } from './owner-mutants.ts';
import { QUEUE_MUTANTS } from './queue-mutants.ts';

export const MUTANTS: readonly Mutant[] = [
  ...QUEUE_MUTANTS,
  ...HOLD_MUTANTS,
  ...BARRIER_MUTANTS,
  ...GATE_MUTANTS,
  ...OPERATOR_MUTANTS,
  ...OWNER_MUTANTS,
  ...KUBE_MUTANTS,
];
