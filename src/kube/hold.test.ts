import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** A program that does nothing but that, in a process of its own. */
async function outputOf(program: string): Promise<string> {
  const imports = ['client', 'connection', 'http-transport', 'watch', 'errors']
    .map((name) => `import * as ${name.replace('-', '_')} from '${new URL(`./${name}.ts`, import.meta.url)}';`)
    .join('\n');
  const api = ['permit', 'clock']
    .map((name) => `import * as ${name} from '${new URL(`../api/${name}.ts`, import.meta.url)}';`)
    .join('\n');
  const source = `${imports}\n${api}
    const transport = http_transport.httpTransport(await connection.connect({ server: 'http://127.0.0.1:1' }));
    const permits = client.kubeClient(transport).of(permit.Permit, 'team');
    ${program}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', source]);
  return stdout.trim();
}

test('a program lives until its call has been tried often enough', async () => {
  expect(await outputOf(`console.log(await permits.get('a').catch((error) => error.failure));`)).toBe('unreachable');
}, 20_000);

test('a program lives while it watches, and ends when the watch does', async () => {
  const said = await outputOf(`
    const stop = new AbortController();
    let failures = 0;
    const watching = watch.keepWatching({
      resource: permits, onChange() {}, clock: clock.systemClock, random: () => 0.1, signal: stop.signal,
      onError: () => ++failures === 3 && stop.abort(),
    });
    await watching;
    console.log(failures);`);
  expect(said).toBe('3');
}, 20_000);
