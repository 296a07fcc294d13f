import { expect } from 'vitest';
import type { Suite } from '../../ground.ts';
import { barrier, configMap, semaphore } from '../../objects.ts';

const DB = 'semaphore.sync.konductor.io/db';

/** kubectl apply, on both sides, create and diff. */
export const apply: Suite = ({ promise }) => {
  promise('created, unchanged, configured', async ({ feed, semaphores }) => {
    expect(await feed(semaphore('db'), 'apply', '-f', '-')).toBe(`${DB} created\n`);
    expect(await feed(semaphore('db'), 'apply', '-f', '-')).toBe(`${DB} unchanged\n`);
    expect(await feed(semaphore('db', { permits: 4 }), 'apply', '-f', '-')).toBe(`${DB} configured\n`);
    expect((await semaphores.get('db')).spec.permits).toBe(4);
  });

  promise('a field that is left out is taken away, what others wrote stays', async ({ feed, semaphores }) => {
    await feed(semaphore('db', { maxTTL: '1h' }), 'apply', '-f', '-');
    await semaphores.mergePatch('db', { metadata: { labels: { by: 'hand' } } });
    await feed(semaphore('db'), 'apply', '-f', '-');
    const { spec, metadata } = await semaphores.get('db');
    expect(spec).not.toHaveProperty('maxTTL');
    expect(metadata.labels).toEqual({ by: 'hand' });
  });

  promise('several objects at once', async ({ feed }) => {
    const lines = await feed([semaphore('db'), barrier('stage'), configMap('settings')], 'apply', '-f', '-');
    expect(lines.trim().split('\n')).toEqual([
      `${DB} created`,
      'barrier.sync.konductor.io/stage created',
      'configmap/settings created',
    ]);
  });

  promise('what is refused is told with its field, and leaves nothing', async ({ try: attempt, semaphores }) => {
    const { stderr, code } = await attempt(['apply', '-f', '-'], semaphore('db', { permits: 0 }));
    expect(code).toBe(1);
    expect(stderr).toContain('The Semaphore "db" is invalid: spec.permits: Invalid value: 0');
    expect((await semaphores.list()).items).toEqual([]);
  });

  promise('a field nobody knows is refused, unless told otherwise', async ({ try: attempt }) => {
    const odd = { ...semaphore('db'), spec: { permits: 1, colour: 'red' } };
    const strict = await attempt(['create', '-f', '-'], odd);
    expect(strict.code).toBe(1);
    expect(strict.stderr).toContain('strict decoding error: unknown field "spec.colour"');
    expect(await attempt(['create', '-f', '-', '--validate=warn'], odd)).toEqual({
      stdout: `${DB} created\n`,
      stderr: 'Warning: unknown field "spec.colour"\n',
      code: 0,
    });
  });

  promise('create does not create twice', async ({ feed, try: attempt }) => {
    expect(await feed(semaphore('db'), 'create', '-f', '-')).toBe(`${DB} created\n`);
    const { stderr, code } = await attempt(['create', '-f', '-'], semaphore('db'));
    expect(code).toBe(1);
    expect(stderr).toContain('Error from server (AlreadyExists)');
    expect(stderr).toContain('semaphores.sync.konductor.io "db" already exists');
  });

  promise('create makes up a name', async ({ feed }) => {
    const { metadata: _, ...rest } = semaphore('any');
    const line = await feed({ ...rest, metadata: { generateName: 'db-' } }, 'create', '-f', '-');
    expect(line).toMatch(/^semaphore\.sync\.konductor\.io\/db-[a-z0-9]{5} created\n$/);
  });

  promise('a dry run on the server shows what would be, and leaves nothing', async ({ feed, semaphores }) => {
    const shown = await feed(semaphore('db'), 'apply', '-f', '-', '--dry-run=server', '-o', 'jsonpath={.spec.ttl}');
    expect(shown).toBe('10m');
    expect((await semaphores.list()).items).toEqual([]);
  });

  promise('--server-side: applied, by whom', async ({ feed, run }) => {
    expect(await feed(semaphore('db'), 'apply', '--server-side', '-f', '-')).toBe(`${DB} serverside-applied\n`);
    expect(await feed(semaphore('db'), 'apply', '--server-side', '-f', '-')).toBe(`${DB} serverside-applied\n`);
    const managers = 'jsonpath={.metadata.managedFields[*].manager}';
    expect(await run('get', 'semaphore', 'db', '--show-managed-fields', '-o', managers)).toBe('kubectl');
  });

  promise('--server-side: a conflict says whose field it is, and force takes it', async (place) => {
    const { feed, try: attempt, semaphores } = place;
    await feed(semaphore('db'), 'apply', '--server-side', '--field-manager=one', '-f', '-');
    const args = ['apply', '--server-side', '--field-manager=two', '-f', '-'];
    const { stderr, code } = await attempt(args, semaphore('db', { permits: 4 }));
    expect(code).toBe(1);
    expect(stderr).toContain('error: Apply failed with 1 conflict: conflict with "one": .spec.permits');
    await feed(semaphore('db', { permits: 4 }), ...args, '--force-conflicts');
    expect((await semaphores.get('db')).spec.permits).toBe(4);
  });

  promise('--server-side: a field that is left out goes', async ({ feed, semaphores }) => {
    await feed(semaphore('db', { maxTTL: '1h' }), 'apply', '--server-side', '-f', '-');
    await feed(semaphore('db'), 'apply', '--server-side', '-f', '-');
    expect((await semaphores.get('db')).spec).not.toHaveProperty('maxTTL');
  });

  promise('--server-side: over what was applied on this side before', async ({ feed, semaphores }) => {
    await feed(semaphore('db', { maxTTL: '1h' }), 'apply', '-f', '-');
    await feed(semaphore('db', { permits: 4 }), 'apply', '--server-side', '-f', '-');
    const { spec } = await semaphores.get('db');
    expect(spec.permits).toBe(4);
    expect(spec).not.toHaveProperty('maxTTL');
  });

  promise('--server-side: the status, as an operator does', async ({ feed, semaphores }) => {
    await semaphores.create(semaphore('db'));
    const { spec: _, ...rest } = semaphore('db');
    await feed({ ...rest, status: { inUse: 1 } }, 'apply', '--server-side', '--subresource=status', '-f', '-');
    expect((await semaphores.get('db')).status).toEqual({ inUse: 1 });
  });

  promise('diff shows what would change, and has an exit code for it', async ({ feed, try: attempt }) => {
    await feed(semaphore('db'), 'apply', '-f', '-');
    expect(await attempt(['diff', '-f', '-'], semaphore('db'))).toMatchObject({ code: 0, stdout: '' });
    const { stdout, code } = await attempt(['diff', '-f', '-'], semaphore('db', { permits: 4 }));
    expect(code).toBe(1);
    expect(stdout).toContain('-  permits: 3\n+  permits: 4\n');
    expect(await attempt(['diff', '--server-side', '-f', '-'], semaphore('new'))).toMatchObject({ code: 1 });
  });

  promise('replace swaps the whole, and creates with --force', async ({ feed, semaphores }) => {
    await feed(semaphore('db', { maxTTL: '1h' }), 'create', '-f', '-');
    expect(await feed(semaphore('db', { permits: 4 }), 'replace', '-f', '-')).toBe(`${DB} replaced\n`);
    const { spec, metadata } = await semaphores.get('db');
    expect(spec).toEqual({ permits: 4, ttl: '10m', ordering: 'Strict', maxWaiters: 10_000 });
    await feed(semaphore('db'), 'replace', '--force', '-f', '-');
    expect((await semaphores.get('db')).metadata.uid).not.toBe(metadata.uid);
  });

  promise('--prune takes away what is no longer said', async ({ feed, semaphores, ns }) => {
    const labels = { set: ns };
    await feed([semaphore('a', {}, { labels }), semaphore('b', {}, { labels })], 'apply', '-f', '-');
    const prune = ['--prune', '-l', `set=${ns}`, '--prune-allowlist=sync.konductor.io/v1/Semaphore'];
    expect(await feed(semaphore('a', {}, { labels }), 'apply', '-f', '-', ...prune)).toContain(
      'semaphore.sync.konductor.io/b pruned',
    );
    expect((await semaphores.list()).items.map(({ metadata }) => metadata.name)).toEqual(['a']);
  });
};
