import { expect } from 'vitest';
import { KINDS } from '../../../../src/api/kinds.ts';
import type { Suite } from '../../ground.ts';
import { gate, semaphore } from '../../objects.ts';
import type { Place } from '../../place.ts';

/** Finding out what there is: explain, api-resources, describe, auth, version. */
export const explore: Suite = ({ promise, promises }) => {
  promise('explain: a kind', async ({ run }) => {
    const page = await run('explain', 'semaphore');
    expect(page).toContain('GROUP:      sync.konductor.io\nKIND:       Semaphore\nVERSION:    v1\n');
    expect(page).toContain('A Semaphore limits how many holders use something at once');
    expect(page).toMatch(/ {2}spec\t<Object> -required-\n/);
  });

  promise('explain: a field, with its values and default', async ({ run }) => {
    const page = await run('explain', 'semaphore.spec.ordering');
    expect(page).toContain('FIELD: ordering <string>\nENUM:\n    Strict\n    BestEffort\n');
    expect(await run('explain', 'semaphore.spec.permits')).toContain('FIELD: permits <integer>\n');
  });

  promise('explain: everything below, with --recursive', async ({ run }) => {
    const page = await run('explain', 'gate', '--recursive');
    for (const field of ['conditions', 'resource', 'when', 'conditionStatuses', 'ownerReferences'])
      expect(page).toContain(field);
  });

  promise('explain: every kind of ours has a sentence for every field', async ({ run }) => {
    for (const { singular } of KINDS) {
      const full = `${singular}s.sync.konductor.io`;
      const page = await run('explain', `${full.split('.')[0]}.spec`, '--api-version=sync.konductor.io/v1');
      expect(page).not.toContain('<no description>');
    }
  });

  promise('explain: what is built in', async ({ run }) => {
    expect(await run('explain', 'configmap.data')).toContain('FIELD: data <map[string]string>');
    expect(await run('explain', 'pod.spec.containers')).toContain('FIELD: containers <[]');
  });

  promise('explain: what is built in, in the words of Kubernetes', async ({ run }) => {
    expect(await run('explain', 'pod.spec.containers')).toContain('List of containers belonging to the pod');
  });

  promise('explain: a field that is not there', async (place) => {
    expect(await place.try(['explain', 'semaphore.spec.colour'])).toMatchObject({
      code: 1,
      stderr: 'error: field "colour" does not exist\n',
    });
  });

  promise('api-resources: ours, with short names', async ({ run }) => {
    const lines = (await run('api-resources', '--api-group=sync.konductor.io', '--no-headers')).trim().split('\n');
    const expected = KINDS.map(({ plural, shortName, kind }) => [
      plural,
      shortName,
      'sync.konductor.io/v1',
      'true',
      kind,
    ]);
    const byName = (rows: readonly (readonly string[])[]) => rows.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));
    expect(byName(lines.map((line) => line.trim().split(/\s+/)))).toEqual(byName(expected));
    const names = await run('api-resources', '--categories=konductor', '-o', 'name');
    expect(names.trim().split('\n')).toHaveLength(KINDS.length);
  });

  promise('api-versions: ours among them', async ({ run }) => {
    expect((await run('api-versions')).split('\n')).toEqual(
      expect.arrayContaining(['sync.konductor.io/v1', 'v1', 'batch/v1']),
    );
  });

  promise('describe: an object in full', async ({ run, semaphores, ns }) => {
    await semaphores.create(semaphore('db', { permits: 5 }, { labels: { team: 'a' } }));
    await semaphores.patchStatus('db', { inUse: 1 });
    const page = await run('describe', 'semaphore', 'db');
    for (const part of [
      /^Name: +db$/m,
      new RegExp(`^Namespace: +${ns}$`, 'm'),
      /^Labels: +team=a$/m,
      /^ {2}Permits: +5$/m,
      /^ {2}In Use: +1$/m,
      /^Events: +<none>$/m,
    ]) {
      expect(page).toMatch(part);
    }
  });

  promise('describe: with the events about it', async ({ run, ask, core, gates, ns }) => {
    const { metadata } = await gates.create(gate('door'));
    await ask('POST', core('events'), {
      metadata: { name: 'door.1' },
      involvedObject: {
        apiVersion: 'sync.konductor.io/v1',
        kind: 'Gate',
        name: 'door',
        namespace: ns,
        uid: metadata.uid,
      },
      type: 'Normal',
      reason: 'Opened',
      message: 'all conditions are met',
      source: { component: 'konductor' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 1,
    });
    expect(await run('describe', 'gate', 'door')).toMatch(/Normal +Opened +.*konductor +all conditions are met/);
    expect(await run('get', 'events', '--field-selector', 'involvedObject.name=door', '-o', 'name')).toBe(
      'event/door.1\n',
    );
  });

  promises<[args: readonly string[], answer: string]>(
    {
      'auth: an administrator can': [['auth', 'can-i', 'create', 'semaphores'], 'yes\n'],
      'auth: also the status': [
        ['auth', 'can-i', 'patch', 'semaphores.sync.konductor.io', '--subresource=status'],
        'yes\n',
      ],
    },
    async ({ run }, [args, answer]) => {
      expect(await run(...args)).toBe(answer);
    },
  );

  promise('auth: nobody else can', async (place) => {
    const ann = await place.as({ user: 'nobody-at-all' });
    const { stdout, code } = await ann.kubectl(['-n', place.ns, 'auth', 'can-i', 'create', 'semaphores']);
    expect({ stdout, code }).toEqual({ stdout: 'no\n', code: 1 });
    const refused = await ann.kubectl(['-n', place.ns, 'get', 'semaphores']);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'Error from server (Forbidden): semaphores.sync.konductor.io is forbidden: User "nobody-at-all" cannot list',
      ),
    });
  });

  promise('auth: whoami', async ({ as }) => {
    const ann = await as({ user: 'ann', groups: ['team-a'] });
    const { stdout } = await ann.kubectl(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']);
    expect(stdout).toBe('ann');
  });

  promise('version: of both sides, without a complaint', async ({ run }: Place) => {
    expect(JSON.parse(await run('version', '-o', 'json'))).toMatchObject({ serverVersion: { major: '1' } });
  });
};
