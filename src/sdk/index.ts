// The entry of `@konductor/sdk`: the objects and what is wrong with one. The client comes with the operator.
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
export { problemsOf } from '../api/validate.ts';
