import { expect } from 'vitest';
import { refusal } from '../../expected.ts';
import type { Suite } from '../../ground.ts';
import { arrival, configMap, permit, pod, semaphore } from '../../objects.ts';

/** Labels and fields a list can be narrowed by. */
export const selectors: Suite = ({ promise, promises }) => {
  const labelled = { a: { app: 'x', tier: 'web' }, b: { app: 'x', tier: 'db' }, c: { app: 'y' }, d: {} };

  promises<[selector: string, found: string]>(
    {
      'labels: =': ['app=x', 'ab'],
      'labels: ==': ['app==x', 'ab'],
      'labels: != also finds what has no such label': ['app!=x', 'cd'],
      'labels: in': ['tier in (web,db)', 'ab'],
      'labels: notin also finds what has no such label': ['tier notin (web)', 'bcd'],
      'labels: exists': ['tier', 'ab'],
      'labels: does not exist': ['!tier', 'cd'],
      'labels: several must all hold': ['app=x,tier!=web', 'b'],
      'labels: the same twice': ['app in (x,y),app!=y', 'ab'],
      'labels: none at all finds everything': ['', 'abcd'],
      'labels: an empty value': ['app=', ''],
      'labels: blanks do not matter': [' app = x , tier in ( web , other ) ', 'a'],
    },
    async ({ semaphores }, [labelSelector, found]) => {
      for (const [name, labels] of Object.entries(labelled)) await semaphores.create(semaphore(name, {}, { labels }));
      const { items } = await semaphores.list({ labelSelector });
      expect(items.map(({ metadata }) => metadata.name).join('')).toBe(found);
    },
  );

  promise('labels: a selector that is none is refused', async ({ semaphores }) => {
    const { code, reason, message } = await refusal(semaphores.list({ labelSelector: 'app in x' }));
    expect({ code, reason }).toEqual({ code: 400, reason: 'BadRequest' });
    expect(message).toContain('unable to parse requirement: found');
  });

  promises<[selector: string, found: string]>(
    {
      'fields: a name': ['metadata.name=a', 'a'],
      'fields: every other name': ['metadata.name!=a', 'bc'],
      'fields: a field of ours': ['spec.semaphore=db', 'ab'],
      'fields: several must all hold': ['spec.semaphore=db,spec.holder=b', 'b'],
      'fields: a field of the status': ['status.phase=Granted', 'b'],
      'fields: a field that is not set is empty': ['status.phase=', 'ac'],
      'fields: ==': ['spec.holder==c', 'c'],
    },
    async ({ permits }, [fieldSelector, found]) => {
      for (const [name, of] of Object.entries({ a: 'db', b: 'db', c: 'api' }))
        await permits.create(permit(name, { semaphore: of }));
      await permits.patchStatus('b', { phase: 'Granted' });
      const { items } = await permits.list({ fieldSelector });
      expect(items.map(({ metadata }) => metadata.name).join('')).toBe(found);
    },
  );

  promise('fields: by namespace, over all of them', async ({ client, semaphores, ns }) => {
    await semaphores.create(semaphore('db'));
    const { items } = await client.of(semaphores.type).list({ fieldSelector: `metadata.namespace=${ns}` });
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['db']);
  });

  promise('fields: together with labels', async ({ arrivals }) => {
    await arrivals.create({ ...arrival('a'), metadata: { name: 'a', labels: { x: '1' } } });
    await arrivals.create(arrival('b'));
    const { items } = await arrivals.list({ fieldSelector: 'spec.barrier=stage', labelSelector: 'x=1' });
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['a']);
  });

  promise('fields: one that cannot be selected by is refused', async ({ permits }) => {
    expect(await refusal(permits.list({ fieldSelector: 'spec.weight=1' }))).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: expect.stringContaining('field label not supported: spec.weight'),
    });
  });

  promise('fields: a selector that is none is refused', async ({ permits }) => {
    const { code, message } = await refusal(permits.list({ fieldSelector: 'spec.holder' }));
    expect(code).toBe(400);
    expect(message).toContain("invalid selector: 'spec.holder'; can't understand 'spec.holder'");
  });

  promise('fields: a pod by its phase and node', async ({ pods }) => {
    await pods.create(pod('one'));
    await pods.create(pod('two', { nodeName: 'n1' }));
    const found = async (fieldSelector: string) =>
      (await pods.list({ fieldSelector })).items.map(({ metadata }) => metadata.name);
    expect(await found('status.phase=Pending')).toEqual(['one', 'two']);
    expect(await found('spec.nodeName=n1')).toEqual(['two']);
    expect(await found('spec.restartPolicy=Never')).toEqual([]);
  });

  promise('fields: a ConfigMap by its name only', async ({ maps }) => {
    await maps.create(configMap('settings'));
    expect((await maps.list({ fieldSelector: 'metadata.name=settings' })).items).toHaveLength(1);
    expect(await refusal(maps.list({ fieldSelector: 'data.a=1' }))).toMatchObject({
      code: 400,
      message: expect.stringContaining('"data.a" is not a known field selector'),
    });
  });
};
