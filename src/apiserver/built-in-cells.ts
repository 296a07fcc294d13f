import { isObject } from './json.ts';

/** What kubectl shows of built-in kinds that no path leads to. */

const part = (object: unknown, key: string): unknown => (isObject(object) ? object[key] : undefined);
const listIn = (object: unknown, key: string): readonly unknown[] => {
  const list = part(object, key);
  return Array.isArray(list) ? list : [];
};

/** How many keys a ConfigMap or a Secret has. */
export const keysOfData = (object: object): number =>
  ['data', 'binaryData'].reduce((sum, key) => sum + Object.keys(part(object, key) ?? {}).length, 0);

export function readyContainers(pod: object): string {
  const ready = listIn(part(pod, 'status'), 'containerStatuses').filter((status) => part(status, 'ready') === true);
  return `${ready.length}/${listIn(part(pod, 'spec'), 'containers').length}`;
}

export function podState(pod: object): unknown {
  if (part(part(pod, 'metadata'), 'deletionTimestamp') !== undefined) return 'Terminating';
  const status = part(pod, 'status');
  const phase = part(status, 'phase');
  if (phase === 'Succeeded') return 'Completed';
  return part(status, 'reason') ?? (phase === 'Failed' ? 'Error' : phase);
}

export const restarts = (pod: object): string =>
  String(
    listIn(part(pod, 'status'), 'containerStatuses').reduce<number>(
      (sum, status) => sum + Number(part(status, 'restartCount') ?? 0),
      0,
    ),
  );
