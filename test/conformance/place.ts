import { expect } from 'vitest';
import { Arrival } from '../../src/api/arrival.ts';
import { Barrier } from '../../src/api/barrier.ts';
import { Gate } from '../../src/api/gate.ts';
import { GROUP, VERSION } from '../../src/api/group.ts';
import type { Kind, NewObjectOf, ObjectOf } from '../../src/api/kind.ts';
import { Permit } from '../../src/api/permit.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { CoordinationLease, type NewCoordinationLease } from '../../src/kube/coordination-lease.ts';
import type { Resource } from '../../src/kube/resource.ts';
import type { KubectlResult } from '../cluster/kubectl.ts';
import { ConfigMap, type NewConfigMap, type NewPod, Pod } from './built-in-types.ts';
import type { ConformanceServer } from './server.ts';

/** A server and a namespace on it that nobody else uses. */
export interface Place extends ConformanceServer {
  readonly server: ConformanceServer;
  readonly ns: string;
  readonly semaphores: Resource<ObjectOf<typeof Semaphore>, NewObjectOf<typeof Semaphore>>;
  readonly permits: Resource<ObjectOf<typeof Permit>, NewObjectOf<typeof Permit>>;
  readonly barriers: Resource<ObjectOf<typeof Barrier>, NewObjectOf<typeof Barrier>>;
  readonly arrivals: Resource<ObjectOf<typeof Arrival>, NewObjectOf<typeof Arrival>>;
  readonly gates: Resource<ObjectOf<typeof Gate>, NewObjectOf<typeof Gate>>;
  readonly leases: Resource<CoordinationLease, NewCoordinationLease>;
  readonly maps: Resource<ConfigMap, NewConfigMap>;
  readonly pods: Resource<Pod, NewPod>;
  /** Path of a kind of ours in this namespace. */
  path(kind: Kind, name?: string): string;
  /** Path of a core resource in this namespace. */
  core(plural: string, name?: string): string;
  /** kubectl in this namespace; what it printed. It must succeed, and complain of nothing. */
  run(...args: readonly string[]): Promise<string>;
  /** The same with something to read. */
  feed(manifest: unknown, ...args: readonly string[]): Promise<string>;
  /** kubectl in this namespace, whatever comes of it. */
  try(args: readonly string[], manifest?: unknown): Promise<KubectlResult>;
}

export async function placeOn(server: ConformanceServer): Promise<Place> {
  return placeIn(server, await server.namespace());
}

/** A namespace that is there. */
export function placeIn(server: ConformanceServer, ns: string): Place {
  const { client } = server;
  const under = (path: string, name?: string) => (name === undefined ? path : `${path}/${name}`);
  const kubectl = (args: readonly string[], manifest?: unknown) =>
    server.kubectl(['-n', ns, ...args], { ...(manifest !== undefined && { stdin: textOf(manifest) }) });
  const must = async (args: readonly string[], manifest?: unknown) => {
    const { stdout, stderr, code } = await kubectl(args, manifest);
    expect({ code, stderr }, `kubectl ${args.join(' ')}`).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  return {
    ...server,
    server,
    ns,
    semaphores: client.of(Semaphore, ns),
    permits: client.of(Permit, ns),
    barriers: client.of(Barrier, ns),
    arrivals: client.of(Arrival, ns),
    gates: client.of(Gate, ns),
    leases: client.of(CoordinationLease, ns),
    maps: client.of(ConfigMap, ns),
    pods: client.of(Pod, ns),
    path: ({ plural }, name) => under(`/apis/${GROUP}/${VERSION}/namespaces/${ns}/${plural}`, name),
    core: (plural, name) => under(`/api/v1/namespaces/${ns}/${plural}`, name),
    run: (...args) => must(args),
    feed: (manifest, ...args) => must(args, manifest),
    try: kubectl,
  };
}

/** Several objects make a List, which kubectl reads like one file. */
function textOf(manifest: unknown): string {
  if (typeof manifest === 'string') return manifest;
  return JSON.stringify(Array.isArray(manifest) ? { apiVersion: 'v1', kind: 'List', items: manifest } : manifest);
}
