import { Barrier } from '../api/barrier.ts';
import { Gate } from '../api/gate.ts';
import { Lease } from '../api/lease.ts';
import { Semaphore } from '../api/semaphore.ts';
import { acquire, tryAcquire, withHold } from './acquire.ts';
import { arrive, arriveAndWait, waitBarrier } from './barrier.ts';
import { isOpen, setOpen, waitGate } from './gate.ts';
import type { Hold } from './hold.ts';
import { LEASES, SEMAPHORES } from './holdable.ts';
import type {
  ArriveOptions,
  BarrierWaitOptions,
  ClaimSelection,
  ClientOptions,
  CreateOptions,
  LeaseOptions,
  ListOptions,
  Place,
  SemaphoreOptions,
  SpecOf,
  SpecPatchOf,
  WaitOptions,
} from './options.ts';
import { releaseClaims, renewClaims } from './release.ts';
import { createObject, deleteObject, getObject, listObjects, updateObject } from './resources.ts';
import { type Session, type SessionHandle, sessionOf } from './session.ts';

/** Semaphores, leases, barriers and gates of one cluster. Connects on first use. */
export class Client implements AsyncDisposable {
  readonly #handle: SessionHandle;

  constructor(options: ClientOptions = {}) {
    this.#handle = sessionOf(options);
  }

  /** Waits for a permit, and holds it: renewed in the background until it is released. */
  async acquireSemaphore(name: string, options: SemaphoreOptions = {}): Promise<Hold> {
    return acquire(await this.#session(), SEMAPHORES, name, options);
  }

  /** The same, without waiting: a HeldError when there is no room. */
  async tryAcquireSemaphore(name: string, options: Omit<SemaphoreOptions, 'timeout'> = {}): Promise<Hold> {
    return tryAcquire(await this.#session(), SEMAPHORES, name, options);
  }

  /** Runs the function while holding a permit; what it answers is the answer. */
  withSemaphore<T>(name: string, work: Work<T>): Promise<T>;
  withSemaphore<T>(name: string, options: SemaphoreOptions, work: Work<T>): Promise<T>;
  withSemaphore<T>(name: string, ...rest: [Work<T>] | [SemaphoreOptions, Work<T>]): Promise<T> {
    const { options, work } = optionsAndWork(rest);
    return withHold(() => this.acquireSemaphore(name, options), work);
  }

  /** Renews a hold that has no handle here, such as a detached one. How many there were. */
  async renewSemaphore(name: string, selection: ClaimSelection = {}): Promise<number> {
    return renewClaims(await this.#session(), SEMAPHORES, name, selection);
  }

  /** Lets go of a claim, or of everything that a holder has or waits for, whoever made it. How many that were. */
  async releaseSemaphore(name: string, selection: ClaimSelection = {}): Promise<number> {
    return releaseClaims(await this.#session(), SEMAPHORES, name, selection);
  }

  async getSemaphore(name: string, place: Place = {}): Promise<Semaphore> {
    return getObject(await this.#session(), Semaphore, name, place);
  }

  async listSemaphores(selection: ListOptions = {}): Promise<Semaphore[]> {
    return listObjects(await this.#session(), Semaphore, selection);
  }

  async createSemaphore(name: string, spec: SpecOf<typeof Semaphore>, options: CreateOptions = {}): Promise<Semaphore> {
    return createObject(await this.#session(), Semaphore, name, spec, options);
  }

  async updateSemaphore(name: string, spec: SpecPatchOf<typeof Semaphore>, place: Place = {}): Promise<Semaphore> {
    return updateObject(await this.#session(), Semaphore, name, spec, place);
  }

  async deleteSemaphore(name: string, place: Place = {}): Promise<void> {
    return deleteObject(await this.#session(), Semaphore, name, place);
  }

  /** Waits for the lease, and holds it: renewed in the background until it is released. */
  async acquireLease(name: string, options: LeaseOptions = {}): Promise<Hold> {
    return acquire(await this.#session(), LEASES, name, options);
  }

  /** The same, without waiting: a LeaseHeldError when somebody else has it. */
  async tryAcquireLease(name: string, options: Omit<LeaseOptions, 'timeout'> = {}): Promise<Hold> {
    return tryAcquire(await this.#session(), LEASES, name, options);
  }

  /** Runs the function while holding the lease; what it answers is the answer. */
  withLease<T>(name: string, work: Work<T>): Promise<T>;
  withLease<T>(name: string, options: LeaseOptions, work: Work<T>): Promise<T>;
  withLease<T>(name: string, ...rest: [Work<T>] | [LeaseOptions, Work<T>]): Promise<T> {
    const { options, work } = optionsAndWork(rest);
    return withHold(() => this.acquireLease(name, options), work);
  }

  /** Renews a hold that has no handle here, such as a detached one. How many there were. */
  async renewLease(name: string, selection: ClaimSelection = {}): Promise<number> {
    return renewClaims(await this.#session(), LEASES, name, selection);
  }

  async releaseLease(name: string, selection: ClaimSelection = {}): Promise<number> {
    return releaseClaims(await this.#session(), LEASES, name, selection);
  }

  async getLease(name: string, place: Place = {}): Promise<Lease> {
    return getObject(await this.#session(), Lease, name, place);
  }

  async listLeases(selection: ListOptions = {}): Promise<Lease[]> {
    return listObjects(await this.#session(), Lease, selection);
  }

  async createLease(name: string, spec: SpecOf<typeof Lease> = {}, options: CreateOptions = {}): Promise<Lease> {
    return createObject(await this.#session(), Lease, name, spec, options);
  }

  async updateLease(name: string, spec: SpecPatchOf<typeof Lease>, place: Place = {}): Promise<Lease> {
    return updateObject(await this.#session(), Lease, name, spec, place);
  }

  async deleteLease(name: string, place: Place = {}): Promise<void> {
    return deleteObject(await this.#session(), Lease, name, place);
  }

  /** Says that the holder has reached the barrier. Again does no harm. */
  async arriveBarrier(name: string, options: ArriveOptions = {}): Promise<void> {
    await arrive(await this.#session(), name, options);
  }

  /** Waits until the barrier is open. */
  async waitBarrier(name: string, options: BarrierWaitOptions = {}): Promise<void> {
    return waitBarrier(await this.#session(), name, options);
  }

  /** Arrives, and waits until the generation it arrived in has opened. */
  async arriveAndWaitBarrier(name: string, options: ArriveOptions & WaitOptions = {}): Promise<void> {
    return arriveAndWait(await this.#session(), name, options);
  }

  /** Runs the function, then arrives and waits for the others. */
  withBarrier<T>(name: string, work: () => Promise<T> | T): Promise<T>;
  withBarrier<T>(name: string, options: ArriveOptions & WaitOptions, work: () => Promise<T> | T): Promise<T>;
  async withBarrier<T>(
    name: string,
    ...rest: [() => Promise<T> | T] | [ArriveOptions & WaitOptions, () => Promise<T> | T]
  ) {
    const { options, work } = optionsAndWork(rest);
    const answer = await work();
    await this.arriveAndWaitBarrier(name, options);
    return answer;
  }

  async getBarrier(name: string, place: Place = {}): Promise<Barrier> {
    return getObject(await this.#session(), Barrier, name, place);
  }

  async listBarriers(selection: ListOptions = {}): Promise<Barrier[]> {
    return listObjects(await this.#session(), Barrier, selection);
  }

  async createBarrier(name: string, spec: SpecOf<typeof Barrier>, options: CreateOptions = {}): Promise<Barrier> {
    return createObject(await this.#session(), Barrier, name, spec, options);
  }

  async updateBarrier(name: string, spec: SpecPatchOf<typeof Barrier>, place: Place = {}): Promise<Barrier> {
    return updateObject(await this.#session(), Barrier, name, spec, place);
  }

  async deleteBarrier(name: string, place: Place = {}): Promise<void> {
    return deleteObject(await this.#session(), Barrier, name, place);
  }

  /** Waits until the gate is open. */
  async waitGate(name: string, options: WaitOptions = {}): Promise<void> {
    return waitGate(await this.#session(), name, options);
  }

  /** Whether the gate is open now. */
  async checkGate(name: string, place: Place = {}): Promise<boolean> {
    return isOpen(await this.getGate(name, place));
  }

  /** Opens a gate that has no conditions. */
  async openGate(name: string, place: Place = {}): Promise<void> {
    return setOpen(await this.#session(), name, 'Open', place);
  }

  /** Closes a gate that has no conditions. */
  async closeGate(name: string, place: Place = {}): Promise<void> {
    return setOpen(await this.#session(), name, 'Waiting', place);
  }

  /** What the gate waits for, and which of it is so. */
  async getGateConditions(name: string, place: Place = {}): Promise<GateConditionStatus[]> {
    return (await this.getGate(name, place)).status?.conditionStatuses ?? [];
  }

  async getGate(name: string, place: Place = {}): Promise<Gate> {
    return getObject(await this.#session(), Gate, name, place);
  }

  async listGates(selection: ListOptions = {}): Promise<Gate[]> {
    return listObjects(await this.#session(), Gate, selection);
  }

  async createGate(name: string, spec: SpecOf<typeof Gate> = {}, options: CreateOptions = {}): Promise<Gate> {
    return createObject(await this.#session(), Gate, name, spec, options);
  }

  async updateGate(name: string, spec: SpecPatchOf<typeof Gate>, place: Place = {}): Promise<Gate> {
    return updateObject(await this.#session(), Gate, name, spec, place);
  }

  async deleteGate(name: string, place: Place = {}): Promise<void> {
    return deleteObject(await this.#session(), Gate, name, place);
  }

  /** Ends waits, watches and renewals. What is held and not released ends by its time. */
  close(): Promise<void> {
    return this.#handle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #session(): Promise<Session> {
    return this.#handle.open();
  }
}

export type GateConditionStatus = NonNullable<NonNullable<Gate['status']>['conditionStatuses']>[number];

/** What is done while something is held; its `signal` says when to stop. */
export type Work<T> = (hold: Hold) => Promise<T> | T;

function optionsAndWork<Options extends object, W>(rest: readonly [W] | readonly [Options, W]) {
  return rest.length === 1 ? { options: {} as Options, work: rest[0] } : { options: rest[0], work: rest[1] };
}
