import type { Arrival } from '../../src/api/arrival.ts';
import type { Barrier } from '../../src/api/barrier.ts';
import type { Gate } from '../../src/api/gate.ts';
import type { Lease } from '../../src/api/lease.ts';
import type { LeaseRequest } from '../../src/api/lease-request.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { Permit } from '../../src/api/permit.ts';
import type { Semaphore } from '../../src/api/semaphore.ts';

/** Reading objects as they were written, with nobody's help: the checkers share no rule with what they check. */
export type AnyClaim = Permit | LeaseRequest;
export type Lender = Semaphore | Lease;
export type AnyResource = Lender | Barrier | Gate;

export const isClaim = ({ kind }: KubeObject): boolean => kind === 'Permit' || kind === 'LeaseRequest';
export const isLender = ({ kind }: KubeObject): boolean => kind === 'Semaphore' || kind === 'Lease';

/** `Semaphore default/db` */
export const keyOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.namespace}/${metadata.name}`;

/** The key of what a claim or an Arrival is on. */
export function targetOf(object: AnyClaim | Arrival): string {
  const { metadata, spec } = object;
  if ('semaphore' in spec) return `Semaphore ${spec.semaphoreNamespace ?? metadata.namespace}/${spec.semaphore}`;
  if ('lease' in spec) return `Lease ${spec.leaseNamespace ?? metadata.namespace}/${spec.lease}`;
  return `Barrier ${spec.barrierNamespace ?? metadata.namespace}/${spec.barrier}`;
}

export const phaseOf = (claim: AnyClaim): string => claim.status?.phase ?? 'Pending';
export const isOpen = (claim: AnyClaim): boolean => phaseOf(claim) === 'Pending' || phaseOf(claim) === 'Granted';
export const weightOf = ({ spec }: AnyClaim): number => ('weight' in spec ? (spec.weight ?? 1) : 1);

export const capacityOf = (lender: Lender | undefined): number => {
  if (!lender) return 0;
  return 'permits' in lender.spec ? lender.spec.permits : 1;
};

export const priorityOf = ({ spec }: AnyClaim, lender: Lender | undefined): number =>
  spec.priority ?? (lender && 'priority' in lender.spec ? lender.spec.priority : 0) ?? 0;

export function admits(lender: AnyResource, namespace: string | undefined): boolean {
  if (lender.metadata.namespace === namespace) return true;
  const allowed = 'allowedNamespaces' in lender.spec ? (lender.spec.allowedNamespaces ?? []) : [];
  return allowed.some((one) => one === '*' || one === namespace);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of the few forms of a duration that are drawn here; undefined when nothing is said. */
export function span(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g))
    sum += Number(number) * (UNITS[unit ?? ''] ?? 0);
  return sum;
}

/** How long a hold of the claim lives without a renewal. `0s` says nothing. */
export function lifeOf({ spec }: AnyClaim, lender: Lender | undefined): number {
  const asked = span(spec.ttl) || span(lender?.spec.ttl) || 600_000;
  const longest = lender && 'maxTTL' in lender.spec ? span(lender.spec.maxTTL) : undefined;
  return Math.min(asked, longest || Number.POSITIVE_INFINITY);
}

export const reasonOf = ({ status }: AnyClaim): string | undefined =>
  status?.conditions?.find(({ type }) => type === 'Granted')?.reason;

export const isAskedToLetGo = ({ status }: AnyClaim): boolean =>
  status?.conditions?.some(({ type, status }) => type === 'RevocationRequested' && status === 'True') ?? false;
