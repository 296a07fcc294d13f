import type { ApiServer } from '../../src/apiserver/server.ts';
import { newPermit, PERMITS } from './permits.ts';

/** Of ten writes, one creates, one deletes, and the others change: how many there are stays about the same. */
const ROUND = 10;

/** Writes without end, straight into the server: the load must not wait for those it is measured on. */
export function permitWriter(server: ApiServer) {
  const names: string[] = [];
  let made = 0;
  let step = 0;

  const send = async (method: string, path: string, body?: object, contentType = 'application/json') => {
    const { status, body: answer } = await server.handle({
      method,
      path,
      headers: { 'content-type': contentType },
      body: body && JSON.stringify(body),
    });
    if (status >= 300) throw new Error(`${method} ${path} was answered ${status}: ${await answer.text()}`);
  };

  const create = (): Promise<void> => {
    const name = `load-${made++}`;
    names.push(name);
    return send('POST', PERMITS, stepped(newPermit(name), 0));
  };

  return {
    async fill(count: number): Promise<void> {
      for (let index = 0; index < count; index++) await create();
    },
    write(): Promise<void> {
      const turn = step++ % ROUND;
      if (turn === 0) return create();
      const at = (step * 7919) % names.length;
      const name = names[at] as string;
      if (turn === 1) {
        names[at] = names.at(-1) as string;
        names.pop();
        return send('DELETE', `${PERMITS}/${name}`);
      }
      return send('PATCH', `${PERMITS}/${name}`, stepped({ metadata: {} }, step), 'application/merge-patch+json');
    },
  };
}

/** Of the same size from the first write to the last: what grows then is not the load. */
const stepped = <T extends { readonly metadata: object }>(object: T, step: number) => ({
  ...object,
  metadata: { ...object.metadata, annotations: { step: String(step).padStart(9, '0') } },
});
