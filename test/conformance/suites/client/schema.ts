import { expect } from 'vitest';
import { Semaphore } from '../../../../src/api/semaphore.ts';
import { refusal } from '../../expected.ts';
import type { Suite } from '../../ground.ts';
import { barrier, configMap, gate, permit, semaphore } from '../../objects.ts';

const NOT_CHECKED =
  'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

/** Defaults, pruning, and what is refused. */
export const schema: Suite = ({ promise, promises }) => {
  promise('defaults are filled in, and come back when they are taken away', async ({ semaphores }) => {
    await semaphores.create(semaphore('db', { ttl: '1m' }));
    const patched = await semaphores.mergePatch('db', { spec: { ttl: null, ordering: null } });
    expect(patched.spec).toEqual({ permits: 3, ttl: '10m', ordering: 'Strict', maxWaiters: 10_000 });
  });

  promise('a spec that is not said gets its defaults', async ({ ask, ns }) => {
    const { status, body } = await ask('POST', `/apis/sync.konductor.io/v1/namespaces/${ns}/leases`, {
      apiVersion: 'sync.konductor.io/v1',
      kind: 'Lease',
      metadata: { name: 'main' },
    });
    expect({ status, body }).toMatchObject({ status: 201, body: { spec: { ttl: '10m', gracePeriod: '30s' } } });
  });

  promise('a field nobody knows is dropped, at any depth', async ({ ask, path, gates }) => {
    const { status, body } = await ask<Semaphore>('POST', path(Semaphore), {
      ...semaphore('db'),
      spec: { permits: 1, colour: 'red' },
      extra: true,
    });
    expect(status).toBe(201);
    expect(body).not.toHaveProperty('extra');
    expect(body.spec).not.toHaveProperty('colour');
    const conditions = [{ job: 'a', shade: 'dark' }];
    expect((await gates.create(gate('g', { conditions }))).spec.conditions).toEqual([{ job: 'a' }]);
  });

  promise('what is dropped is warned of', async ({ ask, path }) => {
    const { headers } = await ask('POST', path(Semaphore), { ...semaphore('db'), spec: { permits: 1, colour: 'red' } });
    expect(headers['warning']).toBe('299 - "unknown field \\"spec.colour\\""');
  });

  promise('nobody is warned who does not want to hear it', async ({ ask, path }) => {
    const body = { ...semaphore('db'), spec: { permits: 1, colour: 'red' } };
    const { status, headers } = await ask('POST', `${path(Semaphore)}?fieldValidation=Ignore`, body);
    expect(status).toBe(201);
    expect(headers).not.toHaveProperty('warning');
  });

  promise('strictly, it is refused', async ({ ask, path }) => {
    const body = { ...semaphore('db'), spec: { permits: 1, colour: 'red' }, extra: 1 };
    expect(await ask('POST', `${path(Semaphore)}?fieldValidation=Strict`, body)).toMatchObject({
      status: 400,
      body: {
        reason: 'BadRequest',
        message: expect.stringMatching(/strict decoding error: unknown field "extra", unknown field "spec.colour"/),
      },
    });
  });

  promise('strictly, it is refused in a patch, too', async ({ ask, path, semaphores }) => {
    await semaphores.create(semaphore('db'));
    const { status, body } = await ask<{ message: string }>(
      'PATCH',
      `${path(Semaphore, 'db')}?fieldValidation=Strict`,
      {
        spec: { colour: 'red' },
      },
    );
    expect(status).toBe(422);
    expect(body.message).toContain('strict decoding error: unknown field "spec.colour"');
  });

  promise('strictly, a built-in object is held to its fields, too', async ({ ask, core }) => {
    const { status, body } = await ask<{ message: string }>('POST', `${core('configmaps')}?fieldValidation=Strict`, {
      ...configMap('settings'),
      colour: 'red',
    });
    expect(status).toBe(400);
    expect(body.message).toContain('strict decoding error: unknown field "colour"');
  });

  promise('strictly, a field said twice is refused; else the last one holds', async ({ ask, path, semaphores }) => {
    const twice = (name: string) =>
      `{"apiVersion":"sync.konductor.io/v1","kind":"Semaphore","metadata":{"name":"${name}"},"spec":{"permits":1,"permits":2}}`;
    const { status, body } = await ask<{ message: string }>(
      'POST',
      `${path(Semaphore)}?fieldValidation=Strict`,
      twice('a'),
    );
    expect(status).toBe(400);
    expect(body.message).toContain('strict decoding error: duplicate field "spec.permits"');
    expect(await ask('POST', path(Semaphore), twice('b'))).toMatchObject({ status: 201 });
    expect((await semaphores.get('b')).spec.permits).toBe(2);
  });

  promise('a mode of validation nobody knows is refused', async ({ ask, path }) => {
    const { status, body } = await ask<{ message: string }>(
      'POST',
      `${path(Semaphore)}?fieldValidation=Harsh`,
      semaphore('a'),
    );
    expect(status).toBe(422);
    expect(body.message).toContain('fieldValidation: Unsupported value: "Harsh"');
  });

  promise('a refusal names every field, with a cause for each', async ({ semaphores }) => {
    const error = await refusal(semaphores.create(semaphore('db', { permits: 0, ttl: 'soon', maxWaiters: -1 })));
    expect(error).toMatchObject({
      code: 422,
      reason: 'Invalid',
      details: { name: 'db', group: 'sync.konductor.io', kind: 'Semaphore' },
    });
    const fields = new Set(error.details.causes?.map(({ field }) => field));
    expect([...fields].sort()).toEqual(['spec.maxWaiters', 'spec.permits', 'spec.ttl']);
    expect(error.message).toMatch(/^Semaphore\.sync\.konductor\.io "db" is invalid: \[/);
  });

  promise('a type that is wrong is said as a type', async ({ ask, path }) => {
    expect(await ask('POST', path(Semaphore), { ...semaphore('db'), spec: { permits: 'three' } })).toMatchObject({
      status: 422,
      body: {
        message: expect.stringContaining(
          'spec.permits: Invalid value: "string": spec.permits in body must be of type integer: "string"',
        ),
        details: {
          causes: expect.arrayContaining([
            expect.objectContaining({ reason: 'FieldValueTypeInvalid', field: 'spec.permits' }),
          ]),
        },
      },
    });
  });

  promise('a field that is missing is said to be required', async ({ ask, path }) => {
    expect(await ask('POST', path(Semaphore), { ...semaphore('db'), spec: {} })).toMatchObject({
      status: 422,
      body: {
        message: `Semaphore.sync.konductor.io "db" is invalid: [spec.permits: Required value, <nil>: ${NOT_CHECKED}]`,
        details: {
          causes: [
            { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.permits' },
            { reason: 'FieldValueInvalid', message: NOT_CHECKED, field: '<nil>' },
          ],
        },
      },
    });
  });

  promise('a value that is not in the list is refused with the list', async ({ ask, path }) => {
    const { body } = await ask<{ message: string }>('POST', path(Semaphore), {
      ...semaphore('db'),
      spec: { permits: 1, ordering: 'Any' },
    });
    expect(body.message).toContain('spec.ordering: Unsupported value: "Any": supported values: "Strict", "BestEffort"');
  });

  promise('a CEL rule is told in its own words', async ({ barriers }) => {
    const { code, message } = await refusal(barriers.create(barrier('stage', { expected: 2, quorum: 3 })));
    expect(code).toBe(422);
    expect(message).toMatch(/spec\.quorum: Invalid value: .*quorum/);
  });

  promise('a transition rule looks at what was', async ({ permits, semaphores }) => {
    await permits.create(permit('worker'));
    const { message } = await refusal(permits.mergePatch('worker', { spec: { holder: 'somebody-else' } }));
    expect(message).toContain('spec.holder: Invalid value:');
    await semaphores.create(semaphore('db'));
    await semaphores.patchStatus('db', { token: 4 });
    expect(await refusal(semaphores.patchStatus('db', { token: 3 }))).toMatchObject({
      code: 422,
      message: expect.stringContaining('status.token: Invalid value:'),
    });
  });

  promise('what was stored is not judged again by a write elsewhere', async ({ permits }) => {
    await permits.create(permit('worker'));
    await permits.patchStatus('worker', { phase: 'Granted', token: 1 });
    const labelled = await permits.mergePatch('worker', { metadata: { labels: { a: 'b' } } });
    expect(labelled.status).toEqual({ phase: 'Granted', token: 1 });
  });

  promises<[method: string, dryRun: string]>(
    {
      'a dry creation leaves nothing': ['POST', ''],
      'a dry replacement leaves nothing': ['PUT', 'db'],
      'a dry patch leaves nothing': ['PATCH', 'db'],
      'a dry deletion leaves nothing': ['DELETE', 'db'],
    },
    async ({ ask, path, semaphores }, [method, name]) => {
      const before = name ? await semaphores.create(semaphore('db')) : undefined;
      const body = before ? { ...before, spec: { ...before.spec, permits: 8 } } : semaphore('db', { permits: 8 });
      const target = name ? path(Semaphore, name) : path(Semaphore);
      const { status, body: answer } = await ask<Semaphore>(
        method,
        `${target}?dryRun=All`,
        method === 'DELETE' ? undefined : method === 'PATCH' ? { spec: { permits: 8 } } : body,
      );
      expect(status).toBeLessThan(300);
      if (method !== 'DELETE') expect(answer.spec.permits).toBe(8);
      expect((await semaphores.list()).items).toEqual(before ? [before] : []);
    },
  );

  promise('a dry run that is not all is refused', async ({ ask, path }) => {
    const { status, body } = await ask<{ message: string }>('POST', `${path(Semaphore)}?dryRun=Some`, semaphore('db'));
    expect(status).toBe(422);
    expect(body.message).toContain('dryRun: Unsupported value:');
  });

  promise('a body that is too large is refused', async ({ ask, core }) => {
    const data = { big: 'x'.repeat(4 * 1024 * 1024) };
    expect(await ask('POST', core('configmaps'), configMap('big', data))).toMatchObject({
      status: 413,
      body: { reason: 'RequestEntityTooLarge', message: 'Request entity too large: limit is 3145728' },
    });
  });
};
