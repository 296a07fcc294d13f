import type { KubeObject } from '../../src/api/metadata.ts';
import type { Resource } from '../../src/kube/resource.ts';
import type { ResourceType } from '../../src/kube/resource-type.ts';
import { keepWatching } from '../../src/kube/watch.ts';
import type { EyesOptions } from './eyes.ts';

interface WatchOneOptions<T extends KubeObject> extends EyesOptions {
  readonly type: ResourceType<T>;
  readonly namespace: string;
  readonly name: string;
  /** That there is none is news, too. */
  readonly onSeen: (object: T | 'missing') => void;
}

/** Watches a single object, until the answer is called. */
export function watchOne<T extends KubeObject>(options: WatchOneOptions<T>): () => void {
  const { client, type, namespace, name, onSeen, ...watching } = options;
  const ending = new AbortController();
  void keepWatching<T>({
    ...watching,
    resource: client.of(type, namespace) as unknown as Resource<T, never>,
    fieldSelector: `metadata.name=${name}`,
    signal: ending.signal,
    onChange(change) {
      if (change.type === 'replaced') onSeen(change.objects[0] ?? 'missing');
      else if (change.type === 'deleted') onSeen('missing');
      else if (change.type !== 'reached') onSeen(change.object);
    },
  });
  return () => ending.abort(new Error('nobody looks at it any more'));
}
