import { expect } from 'vitest';
import { Permit } from '../../../../src/api/permit.ts';
import { Semaphore } from '../../../../src/api/semaphore.ts';
import type { Suite } from '../../ground.ts';
import { configMap, permit, pod, semaphore } from '../../objects.ts';

interface Table {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly columnDefinitions: readonly { readonly name: string; readonly type: string; readonly priority: number }[];
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object?: { readonly kind: string } }[];
}

const as = (kind: string) => ({ accept: `application/json;as=${kind};v=v1;g=meta.k8s.io` });
const TABLE = as('Table');

/** Other forms in which objects are read: tables for people, metadata for controllers. */
export const representations: Suite = ({ promise, promises }) => {
  promise('a table has the columns of the definition, wide ones by priority', async ({ ask, path, permits }) => {
    await permits.create(permit('worker', { weight: 2 }));
    const { body } = await ask<Table>('GET', path(Permit), undefined, TABLE);
    expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(body.columnDefinitions.map(({ name, type, priority }) => [name, type, priority])).toEqual([
      ['Name', 'string', 0],
      ['Semaphore', 'string', 0],
      ['Holder', 'string', 0],
      ['Phase', 'string', 0],
      ['Weight', 'integer', 1],
      ['Priority', 'integer', 1],
      ['Token', 'integer', 1],
      ['Expires', 'string', 1],
      ['Age', 'date', 0],
    ]);
    expect(body.rows.map(({ cells }) => cells)).toEqual([
      ['worker', 'db', 'worker', null, 2, 0, null, null, expect.stringMatching(/^\d+s$/)],
    ]);
    expect(body.rows[0]?.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'worker' } });
  });

  promise('a table of one object has one row', async ({ ask, path, semaphores }) => {
    await semaphores.create(semaphore('db'));
    const { body } = await ask<Table>('GET', path(Semaphore, 'db'), undefined, TABLE);
    expect(body.kind).toBe('Table');
    expect(body.rows.map(({ cells }) => cells[0])).toEqual(['db']);
  });

  promises<[include: string, kind: string | undefined]>(
    {
      'a table can include whole objects': ['Object', 'Semaphore'],
      'a table can include nothing': ['None', undefined],
    },
    async ({ ask, path, semaphores }, [include, kind]) => {
      await semaphores.create(semaphore('db'));
      const { body } = await ask<Table>('GET', `${path(Semaphore)}?includeObject=${include}`, undefined, TABLE);
      expect(body.rows[0]?.object?.kind).toBe(kind);
    },
  );

  promise('a table comes in pages, too', async ({ ask, path, semaphores }) => {
    for (const name of 'abc') await semaphores.create(semaphore(name));
    const first = await ask<Table>('GET', `${path(Semaphore)}?limit=2`, undefined, TABLE);
    expect(first.body.rows).toHaveLength(2);
    const token = encodeURIComponent(first.body.metadata.continue ?? '');
    const rest = await ask<Table>('GET', `${path(Semaphore)}?continue=${token}`, undefined, TABLE);
    expect(rest.body.rows.map(({ cells }) => cells[0])).toEqual(['c']);
  });

  promise('a watch can tell in tables; only the first names the columns', async ({ path, semaphores, watched }) => {
    const { resourceVersion } = await semaphores.list();
    await semaphores.create(semaphore('a'));
    await semaphores.create(semaphore('b'));
    const [first, second] = await watched(
      `${path(Semaphore)}?timeoutSeconds=1&resourceVersion=${resourceVersion}`,
      TABLE,
    );
    expect(first).toMatchObject({
      type: 'ADDED',
      object: { kind: 'Table', rows: [{ cells: expect.arrayContaining(['a']) }] },
    });
    expect(second).toMatchObject({
      type: 'ADDED',
      object: { kind: 'Table', rows: [{ cells: expect.arrayContaining(['b']) }] },
    });
    const columns = (line: unknown) => (line as { object: Table }).object.columnDefinitions?.length ?? 0;
    expect([columns(first) > 0, columns(second)]).toEqual([true, 0]);
  });

  promise('metadata alone, of one', async ({ ask, path, semaphores }) => {
    await semaphores.create(semaphore('db', {}, { labels: { a: '1' } }));
    const { body } = await ask('GET', path(Semaphore, 'db'), undefined, as('PartialObjectMetadata'));
    expect(body).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'db', labels: { a: '1' } },
    });
    expect(body).not.toHaveProperty('spec');
  });

  promise('metadata alone, of many', async ({ ask, path, semaphores }) => {
    await semaphores.create(semaphore('db'));
    const { body } = await ask<{ items: readonly object[] }>(
      'GET',
      path(Semaphore),
      undefined,
      as('PartialObjectMetadataList'),
    );
    expect(body).toMatchObject({
      kind: 'PartialObjectMetadataList',
      items: [{ kind: 'PartialObjectMetadata', metadata: { name: 'db' } }],
    });
    expect(body.items[0]).not.toHaveProperty('spec');
  });

  promise('whoever also takes plain JSON gets what the server can do', async ({ ask, path, semaphores }) => {
    await semaphores.create(semaphore('db'));
    const accept = `application/json;as=Nonsense;v=v1;g=meta.k8s.io,application/json`;
    expect((await ask('GET', path(Semaphore, 'db'), undefined, { accept })).body).toMatchObject({ kind: 'Semaphore' });
  });

  promise('a form nobody knows is not acceptable', async ({ ask, path }) => {
    expect(await ask('GET', path(Semaphore), undefined, { accept: 'text/csv' })).toMatchObject({
      status: 406,
      body: {
        reason: 'NotAcceptable',
        message: expect.stringMatching(/^only the following media types are accepted: application\/json/),
      },
    });
  });

  promise('a ConfigMap is a row of name, number of keys and age', async ({ ask, core, maps }) => {
    await maps.create(configMap('settings', { a: '1', b: '2' }));
    const { body } = await ask<Table>('GET', core('configmaps', 'settings'), undefined, TABLE);
    expect(body.columnDefinitions.map(({ name }) => name)).toEqual(['Name', 'Data', 'Age']);
    expect(body.rows[0]?.cells).toEqual(['settings', 2, expect.stringMatching(/^\d+s$/)]);
  });

  promise('a pod is a row of what people look for', async ({ ask, core, pods }) => {
    await pods.create(pod('one'));
    const { body } = await ask<Table>('GET', core('pods', 'one'), undefined, TABLE);
    const shown = body.columnDefinitions.filter(({ priority }) => priority === 0).map(({ name }) => name);
    expect(shown).toEqual(['Name', 'Ready', 'Status', 'Restarts', 'Age']);
    expect(body.rows[0]?.cells.slice(0, 3)).toEqual(['one', '0/1', 'Pending']);
  });

  promise('a write is answered in the same forms', async ({ ask, path }) => {
    const { status, body } = await ask('POST', path(Semaphore), semaphore('db'), TABLE);
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { kind: 'Table', rows: [{ cells: expect.arrayContaining(['db']) }] },
    });
  });
};
