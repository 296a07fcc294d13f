// The entry of `@konductor/sdk`: its exports are the table of contents.

// the client, and what it hands out

export { Client, type GateConditionStatus, type Work } from './client.ts';
export { type HeldKind, Hold } from './hold.ts';
export type {
  ArriveOptions,
  BarrierWaitOptions,
  ClaimSelection,
  ClientOptions,
  CreateOptions,
  Duration,
  HoldOptions,
  LeaseOptions,
  ListOptions,
  Place,
  RevocationRequest,
  SemaphoreOptions,
  SpecOf,
  SpecPatchOf,
  WaitingProgress,
  WaitOptions,
} from './options.ts';

// what it throws

export {
  AbortedError,
  AlreadyHeldError,
  BarrierFailedError,
  BarrierTimeoutError,
  ClosedError,
  ConflictError,
  DeniedError,
  type ErrorCode,
  ForbiddenError,
  GateFailedError,
  HeldError,
  HoldLostError,
  InvalidError,
  KonductorError,
  LeaseHeldError,
  LeaseLostError,
  NotFoundError,
  TimeoutError,
  UnavailableError,
} from './errors.ts';

// for a server, a queue, a pool, a list, a leader

export { type LimitedWork, limitedProcessor, type Processor, type ProcessorOptions } from './bullmq.ts';
export { type LeaderOptions, type LeaderWork, runAsLeader } from './leader.ts';
export { type Middleware, type MiddlewareOptions, middleware } from './middleware.ts';
export { type ParallelOptions, parallelLimit } from './parallel-limit.ts';
export { permitOf } from './permit-of.ts';
export { limitedPool, type PoolOptions } from './pool.ts';

// the objects

export { Arrival } from '../api/arrival.ts';
export { Barrier } from '../api/barrier.ts';
export { formatDuration, parseDuration } from '../api/duration.ts';
export { Gate } from '../api/gate.ts';
export { API_VERSION, GROUP, VERSION } from '../api/group.ts';
export { Lease } from '../api/lease.ts';
export { LeaseRequest } from '../api/lease-request.ts';
export type { KubeObject, NewObjectMeta, ObjectMeta, OwnerReference } from '../api/metadata.ts';
export { Permit } from '../api/permit.ts';
export type { Problem } from '../api/problem.ts';
export { Semaphore } from '../api/semaphore.ts';
