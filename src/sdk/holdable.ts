import type { NewObjectOf } from '../api/kind.ts';
import { Lease } from '../api/lease.ts';
import { LeaseRequest } from '../api/lease-request.ts';
import { Permit } from '../api/permit.ts';
import { Semaphore } from '../api/semaphore.ts';
import type { Resource } from '../kube/resource.ts';
import { HeldError, HoldLostError, LeaseHeldError, LeaseLostError } from './errors.ts';
import type { HeldKind } from './hold.ts';
import type { Session } from './session.ts';

export type Claim = Permit | LeaseRequest;
export type Contested = Semaphore | Lease;

/** A kind that can be held, and the kind of claim that asks for it. */
export interface Holdable {
  readonly kind: HeldKind;
  /** What people call it; also the field of the claim that names it. */
  readonly word: 'semaphore' | 'lease';
  readonly resource: typeof Semaphore | typeof Lease;
  readonly claim: typeof Permit | typeof LeaseRequest;
  readonly Held: new (message: string, options?: ErrorOptions) => HeldError;
  readonly Lost: new (message: string, options?: ErrorOptions) => HoldLostError;
}

export const SEMAPHORES: Holdable = {
  kind: 'Semaphore',
  word: 'semaphore',
  resource: Semaphore,
  claim: Permit,
  Held: HeldError,
  Lost: HoldLostError,
};

export const LEASES: Holdable = {
  kind: 'Lease',
  word: 'lease',
  resource: Lease,
  claim: LeaseRequest,
  Held: LeaseHeldError,
  Lost: LeaseLostError,
};

export type NewClaim = NewObjectOf<typeof Permit> | NewObjectOf<typeof LeaseRequest>;

/** The two kinds of claim differ in nothing that is looked at here. */
export const claimsIn = ({ kube }: Session, { claim }: Holdable, namespace: string): Resource<Claim, NewClaim> =>
  kube.of(claim as typeof Permit, namespace) as unknown as Resource<Claim, NewClaim>;

export const contestedIn = ({ kube }: Session, { resource }: Holdable, namespace: string): Resource<Contested> =>
  kube.of(resource as typeof Semaphore, namespace) as unknown as Resource<Contested>;

export const conditionOf = ({ status }: Claim, type: string) =>
  status?.conditions?.find((condition) => condition.type === type);
