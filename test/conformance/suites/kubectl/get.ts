import { expect } from 'vitest';
import type { Suite } from '../../ground.ts';
import { startKubectl } from '../../kubectl-watch.ts';
import { barrier, configMap, gate, permit, semaphore } from '../../objects.ts';

const cells = (line = '') => line.trim().split(/\s{2,}/);
const rows = (output: string) => output.trim().split('\n').map(cells);

/** kubectl get, in all its forms. */
export const get: Suite = ({ promise }) => {
  promise('the columns of the definition, and an age', async ({ run, semaphores }) => {
    await semaphores.create(semaphore('db', { permits: 5 }));
    await semaphores.patchStatus('db', { inUse: 2, available: 3, waiting: 0, phase: 'Ready' });
    const [header, row] = rows(await run('get', 'semaphores'));
    expect(header).toEqual(['NAME', 'PERMITS', 'IN USE', 'AVAILABLE', 'WAITING', 'PHASE', 'AGE']);
    expect(row).toEqual(['db', '5', '2', '3', '0', 'Ready', expect.stringMatching(/^\d+s$/)]);
  });

  promise('-o wide shows more', async ({ run, semaphores }) => {
    await semaphores.create(semaphore('db'));
    const [header, row] = rows(await run('get', 'semaphore', 'db', '-o', 'wide'));
    expect(header?.join()).toBe('NAME,PERMITS,IN USE,AVAILABLE,WAITING,PHASE,TTL,ORDERING,TOKEN,AGE');
    expect(row).toEqual(['db', '3', expect.stringContaining('10m'), 'Strict', expect.stringMatching(/^\d+s$/)]);
  });

  promise('-o json and -o yaml show the whole object', async ({ run, semaphores }) => {
    const made = await semaphores.create(semaphore('db'));
    expect(JSON.parse(await run('get', 'semaphore', 'db', '-o', 'json'))).toEqual(made);
    const yaml = await run('get', 'semaphore', 'db', '-o', 'yaml');
    expect(yaml).toContain('kind: Semaphore\n');
    expect(yaml).toContain('  permits: 3\n');
    expect(yaml).toContain(`  uid: ${made.metadata.uid}\n`);
  });

  promise('-o name, jsonpath and custom columns', async ({ run, semaphores }) => {
    await semaphores.create(semaphore('db'));
    expect(await run('get', 'semaphores', '-o', 'name')).toBe('semaphore.sync.konductor.io/db\n');
    expect(await run('get', 'semaphore', 'db', '-o', 'jsonpath={.spec.permits}')).toBe('3');
    expect(
      await run('get', 'semaphore', 'db', '-o', 'custom-columns=N:.metadata.name,P:.spec.permits', '--no-headers'),
    ).toBe('db    3\n');
  });

  promise('short names, singular, plural and full names mean the same', async ({ run, semaphores }) => {
    await semaphores.create(semaphore('db'));
    for (const name of [
      'ksem',
      'semaphore',
      'semaphores',
      'semaphores.sync.konductor.io',
      'semaphores.v1.sync.konductor.io',
    ]) {
      expect(await run('get', name, '-o', 'name')).toBe('semaphore.sync.konductor.io/db\n');
    }
    expect(await run('get', 'ksem/db', '-o', 'name')).toBe('semaphore.sync.konductor.io/db\n');
  });

  promise('several kinds at once, and the category', async ({ run, semaphores, barriers, gates }) => {
    await semaphores.create(semaphore('db'));
    await barriers.create(barrier('stage'));
    await gates.create(gate('door'));
    const names = ['semaphore.sync.konductor.io/db', 'barrier.sync.konductor.io/stage', 'gate.sync.konductor.io/door'];
    const lines = async (...args: readonly string[]) => (await run('get', ...args, '-o', 'name')).trim().split('\n');
    expect(await lines('ksem,kbar,kgate')).toEqual(names);
    expect((await lines('konductor')).toSorted()).toEqual(names.toSorted());
    expect(await lines('ksem/db', 'kgate/door')).toEqual([names[0], names[2]]);
  });

  promise('a name that is not there is said, with exit code 1', async (place) => {
    expect(await place.try(['get', 'semaphore', 'none'])).toEqual({
      stdout: '',
      stderr: 'Error from server (NotFound): semaphores.sync.konductor.io "none" not found\n',
      code: 1,
    });
    expect(await place.run('get', 'semaphore', 'none', '--ignore-not-found')).toBe('');
  });

  promise('a kind that is not there is said', async (place) => {
    const { stderr, code } = await place.try(['get', 'nonsense']);
    expect({ stderr, code }).toEqual({
      stderr: 'error: the server doesn\'t have a resource type "nonsense"\n',
      code: 1,
    });
  });

  promise('nothing is said to be nothing', async (place) => {
    const { stdout, stderr, code } = await place.try(['get', 'semaphores']);
    expect({ stdout, stderr, code }).toEqual({
      stdout: '',
      stderr: `No resources found in ${place.ns} namespace.\n`,
      code: 0,
    });
  });

  promise('-A shows namespaces', async ({ run, semaphores, ns }) => {
    await semaphores.create(semaphore('db', {}, { labels: { of: ns } }));
    const [header, row] = rows(await run('get', 'semaphores', '-A', '-l', `of=${ns}`));
    expect(header?.slice(0, 2)).toEqual(['NAMESPACE', 'NAME']);
    expect(row?.slice(0, 2)).toEqual([ns, 'db']);
  });

  promise('-l, --field-selector and --show-labels', async ({ run, permits }) => {
    await permits.create(permit('a', {}, { labels: { app: 'x' } }));
    await permits.create(permit('b', { semaphore: 'other' }));
    expect(await run('get', 'permits', '-l', 'app in (x,y)', '-o', 'name')).toBe('permit.sync.konductor.io/a\n');
    expect(await run('get', 'permits', '--field-selector', 'spec.semaphore=other', '-o', 'name')).toBe(
      'permit.sync.konductor.io/b\n',
    );
    expect(rows(await run('get', 'permit', 'a', '--show-labels'))[1]?.at(-1)).toBe('app=x');
  });

  promise('--sort-by and --chunk-size', async ({ run, semaphores }) => {
    for (const [name, permits] of Object.entries({ a: 3, b: 1, c: 2 }))
      await semaphores.create(semaphore(name, { permits }));
    const sorted = rows(await run('get', 'semaphores', '--sort-by=.spec.permits', '--chunk-size=1'));
    expect(sorted.map(([name]) => name)).toEqual(['NAME', 'b', 'c', 'a']);
  });

  promise('-w tells changes as they come', async ({ ns, kubectlSetup, semaphores }) => {
    await semaphores.create(semaphore('db'));
    await using watching = startKubectl(['-n', ns, 'get', 'semaphores', '-w'], await kubectlSetup());
    expect(cells(await watching.line())[0]).toBe('NAME');
    expect(cells(await watching.line())[1]).toBe('3');
    await semaphores.mergePatch('db', { spec: { permits: 4 } });
    expect(cells(await watching.line())[1]).toBe('4');
    await semaphores.create(semaphore('other', { permits: 9 }));
    expect(cells(await watching.line()).slice(0, 2)).toEqual(['other', '9']);
  });

  promise('-w --output-watch-events names the change', async ({ ns, kubectlSetup, semaphores }) => {
    await semaphores.create(semaphore('db'));
    // all of them: of one object kubectl swallows what happens before its watch has begun
    const args = ['-n', ns, 'get', 'semaphores', '-w', '--output-watch-events', '--no-headers'];
    await using watching = startKubectl(args, await kubectlSetup());
    expect(cells(await watching.line()).slice(0, 2)).toEqual(['ADDED', 'db']);
    await semaphores.mergePatch('db', { spec: { permits: 4 } });
    expect(cells(await watching.line()).slice(0, 3)).toEqual(['MODIFIED', 'db', '4']);
    await semaphores.delete('db');
    expect(cells(await watching.line()).slice(0, 2)).toEqual(['DELETED', 'db']);
  });

  promise('--watch-only begins with the next change', async ({ ns, kubectlSetup, semaphores }) => {
    await semaphores.create(semaphore('db'));
    const args = ['-n', ns, 'get', 'semaphores', '--watch-only', '-o', 'name'];
    await using watching = startKubectl(args, await kubectlSetup());
    const line = watching.line();
    // it says nothing before the first change: until it has begun, each change may be before it
    const poke = setInterval(
      () => void semaphores.mergePatch('db', { metadata: { labels: { at: `${Date.now()}` } } }),
      100,
    );
    expect(await line).toBe('semaphore.sync.konductor.io/db');
    clearInterval(poke);
  });

  promise('--raw shows what the server says', async ({ run, ns }) => {
    const raw = await run('get', '--raw', `/apis/sync.konductor.io/v1/namespaces/${ns}/semaphores`);
    expect(JSON.parse(raw)).toMatchObject({ kind: 'SemaphoreList', items: [] });
  });

  promise('built-in kinds have the columns people know', async ({ run, maps, ns }) => {
    await maps.create(configMap('settings', { a: '1' }));
    expect(rows(await run('get', 'cm', 'settings'))).toEqual([
      ['NAME', 'DATA', 'AGE'],
      ['settings', '1', expect.any(String)],
    ]);
    expect(rows(await run('get', 'ns', ns))).toEqual([
      ['NAME', 'STATUS', 'AGE'],
      [ns, 'Active', expect.any(String)],
    ]);
  });
};
