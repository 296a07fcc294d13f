import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { ClusterAccess } from '../cluster/access.ts';
import { filesIn } from '../cluster/files.ts';
import type { Write } from './ledger.ts';

/**
 * Every write to our kinds in a namespace, from a revision on, in the order in which they happened: told by the
 * database, so that nobody's cache is between, no outage of the API server leaves a gap, and no event is merged.
 */
export async function etcdHistory(cluster: ClusterAccess, namespace: string, from: number): Promise<Write[]> {
  const until = await etcdRevision(cluster);
  const create_request = { key: base64(PREFIX), range_end: base64(after(PREFIX)), start_revision: `${from}` };
  const response = await call(cluster, '/v3/watch', { create_request });
  const history: Write[] = [];
  for await (const message of linesOf<WatchMessage>(response)) {
    const { result } = message;
    if (!result || result.canceled) throw new Error(`etcd does not tell its history: ${JSON.stringify(message)}`);
    for (const event of result.events ?? []) {
      const write = writeOf(event);
      if (write.key.split('/')[1] === namespace) history.push(write);
    }
    const last = Number(result.events?.at(-1)?.kv.mod_revision ?? 0);
    // a revision that none of our kinds has is heard of only by a later one: a mark of our own ends it
    if (last >= until) break;
  }
  response.destroy();
  return history;
}

/** The revision that the last write had. Made by a write of its own, so that a watch of our prefix comes to it. */
export async function etcdRevision(cluster: ClusterAccess): Promise<number> {
  const response = await call(cluster, '/v3/kv/put', { key: base64(`${PREFIX}marks/mark`), value: base64('{}') });
  for await (const { header } of linesOf<{ readonly header: { readonly revision: string } }>(response)) {
    return Number(header.revision);
  }
  throw new Error('etcd did not answer');
}

const PREFIX = '/registry/sync.konductor.io/';

interface WatchMessage {
  readonly result?: { readonly canceled?: boolean; readonly events?: readonly WatchEvent[] };
}

interface WatchEvent {
  readonly type?: 'DELETE';
  readonly kv: { readonly key: string; readonly value?: string; readonly mod_revision: string };
}

function writeOf({ type, kv }: WatchEvent): Write {
  const key = text(kv.key).slice(PREFIX.length);
  const object = type === 'DELETE' ? undefined : (JSON.parse(text(kv.value ?? '')) as KubeObject);
  return { revision: Number(kv.mod_revision), key, object };
}

async function call(cluster: ClusterAccess, path: string, body: object): Promise<IncomingMessage> {
  const { etcdSocket: socketPath } = filesIn(cluster.dir);
  const asked = request({ socketPath, path, method: 'POST', agent: false });
  asked.end(JSON.stringify(body));
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`etcd answered ${path} with ${response.statusCode}`);
  return response;
}

async function* linesOf<T>(response: IncomingMessage): AsyncGenerator<T> {
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line) yield JSON.parse(line) as T;
  }
  if (rest) yield JSON.parse(rest) as T;
}

const base64 = (plain: string): string => Buffer.from(plain).toString('base64');
const text = (encoded: string): string => Buffer.from(encoded, 'base64').toString('utf8');
const after = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
