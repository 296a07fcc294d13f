import type { Arrival } from '../../src/api/arrival.ts';
import type { Barrier } from '../../src/api/barrier.ts';
import type { Gate } from '../../src/api/gate.ts';
import { API_VERSION } from '../../src/api/group.ts';
import type { NewObjectOf } from '../../src/api/kind.ts';
import type { NewObjectMeta } from '../../src/api/metadata.ts';
import type { Permit } from '../../src/api/permit.ts';
import type { Semaphore } from '../../src/api/semaphore.ts';
import type { NewConfigMap, NewPod, PodSpec } from './built-in-types.ts';

type Meta = Omit<NewObjectMeta, 'name' | 'generateName'>;
type SpecOf<K extends typeof Semaphore | typeof Permit | typeof Barrier | typeof Gate> = NewObjectOf<K>['spec'];

export const semaphore = (
  name: string,
  spec: Partial<SpecOf<typeof Semaphore>> = {},
  metadata: Meta = {},
): NewObjectOf<typeof Semaphore> => ({
  apiVersion: API_VERSION,
  kind: 'Semaphore',
  metadata: { name, ...metadata },
  spec: { permits: 3, ...spec },
});

export const permit = (
  name: string,
  spec: Partial<SpecOf<typeof Permit>> = {},
  metadata: Meta = {},
): NewObjectOf<typeof Permit> => ({
  apiVersion: API_VERSION,
  kind: 'Permit',
  metadata: { name, ...metadata },
  spec: { semaphore: 'db', holder: name, ...spec },
});

export const barrier = (name: string, spec: Partial<SpecOf<typeof Barrier>> = {}): NewObjectOf<typeof Barrier> => ({
  apiVersion: API_VERSION,
  kind: 'Barrier',
  metadata: { name },
  spec: { expected: 3, ...spec },
});

export const arrival = (name: string, at = 'stage'): NewObjectOf<typeof Arrival> => ({
  apiVersion: API_VERSION,
  kind: 'Arrival',
  metadata: { name },
  spec: { barrier: at, holder: name },
});

export const gate = (name: string, spec: SpecOf<typeof Gate> = {}): NewObjectOf<typeof Gate> => ({
  apiVersion: API_VERSION,
  kind: 'Gate',
  metadata: { name },
  spec,
});

export const configMap = (
  name: string,
  data: Readonly<Record<string, string>> = {},
  metadata: Meta = {},
): NewConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

/** A pod that nobody runs, and that asks for no service account's token: then nothing has to be there before it. */
export const pod = (name: string, spec: Partial<PodSpec> = {}): NewPod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { automountServiceAccountToken: false, containers: [{ name: 'main', image: 'none' }], ...spec },
});
