import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Pool } from 'undici';
import { Permit } from '../../src/api/permit.ts';
import { kubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connection.ts';
import { httpTransport } from '../../src/kube/http-transport.ts';
import { NAMESPACE, newPermit, PERMITS } from './permits.ts';
import type { Place } from './server-process.ts';

/** The calls that are compared, whoever makes them. */
export interface Caller {
  get(name: string): Promise<unknown>;
  create(name: string): Promise<unknown>;
  annotate(name: string, value: string): Promise<unknown>;
  close(): Promise<void>;
}

export interface Door extends Place {
  readonly token?: string;
}

const annotation = (value: string) => ({ metadata: { annotations: { value } } });

/** Through our client, as everything in this project calls. */
export async function ourClient({ url, ca, token }: Door): Promise<Caller> {
  const connection = await connect({
    server: url,
    ...(ca !== undefined && { ca }),
    ...(token !== undefined && { token }),
  });
  const transport = httpTransport(connection);
  const permits = kubeClient(transport).of(Permit, NAMESPACE);
  return {
    get: (name) => permits.get(name),
    create: (name) => permits.create(newPermit(name)),
    annotate: (name, value) => permits.mergePatch(name, annotation(value)),
    close: () => transport.close(),
  };
}

/** Through the library that our client stands on, and nothing else: the least that a call can cost. */
export function bareRequest({ url }: Place): Pick<Caller, 'get' | 'close'> {
  const pool = new Pool(url, { connections: 32 });
  return {
    async get(name) {
      const { statusCode, body } = await pool.request({ method: 'GET', path: `${PERMITS}/${name}` });
      if (statusCode !== 200) throw new Error(`GET of ${name} was answered ${statusCode}`);
      return body.json();
    },
    close: () => pool.close(),
  };
}

/** Through Node's own fetch with its own pool: what one would write without us. */
export function bareFetch({ url, ca }: Place): Caller {
  // fetch takes no certificate to trust; for this process it has to be known to all
  if (ca !== undefined) setDefaultCACertificates([...getCACertificates('default'), ca]);
  const collection = `${url}${PERMITS}`;
  const call = async (method: string, address: string, body?: object, contentType = 'application/json') => {
    const headers = { accept: 'application/json', ...(body && { 'content-type': contentType }) };
    const response = await fetch(address, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${address} was answered ${response.status}`);
    return response.json();
  };
  return {
    get: (name) => call('GET', `${collection}/${name}`),
    create: (name) => call('POST', `${collection}?fieldManager=konductor`, newPermit(name)),
    annotate: (name, value) =>
      call('PATCH', `${collection}/${name}?fieldManager=konductor`, annotation(value), 'application/merge-patch+json'),
    async close() {},
  };
}
