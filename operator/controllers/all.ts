import type { Rules } from '../rules.ts';
import { barrierRules } from './barrier.ts';
import { gateRules } from './gate.ts';
import { leaseRules } from './lease.ts';
import { semaphoreRules } from './semaphore.ts';

export const ALL_RULES: readonly Rules[] = [semaphoreRules, leaseRules, barrierRules, gateRules];
