import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { binaries } from '../cluster/binaries.ts';
import { sharedCluster } from '../cluster/connect.ts';
import { filesIn } from '../cluster/files.ts';
import { type OpenServer, openServer } from './server.ts';

/** The real control plane all suites share: what it does is right. */
export function realServer(): Promise<OpenServer> {
  const cluster = sharedCluster();
  return openServer({
    name: 'real',
    kubeconfig: cluster.kubeconfig,
    dir: cluster.dir,
    kubectl: async () => (await binaries()).kubectl,
    compact: () => compactEtcd(filesIn(cluster.dir).etcdSocket),
  });
}

/** As an API server does it every five minutes, which is too late for a test: it tells itself by this key. */
async function compactEtcd(socketPath: string): Promise<void> {
  const call = async <Body>(path: string, body: unknown): Promise<Body> => {
    const asked = request({ socketPath, path, method: 'POST', agent: false });
    asked.end(JSON.stringify(body));
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const answer = await text(response);
    if (response.statusCode !== 200) throw new Error(`etcd refused ${path}: ${answer}`);
    return JSON.parse(answer) as Body;
  };
  const base64 = (plain: string) => Buffer.from(plain).toString('base64');
  const key = base64('compact_rev_key');
  const { header } = await call<{ header: { revision: string } }>('/v3/kv/range', { key });
  await call('/v3/kv/put', { key, value: base64(header.revision) });
  await call('/v3/kv/compaction', { revision: header.revision });
}
