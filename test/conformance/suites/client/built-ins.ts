import { expect } from 'vitest';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import type { NewKubeObject, ResourceType } from '../../../../src/kube/resource-type.ts';
import { refusal } from '../../expected.ts';
import type { Suite } from '../../ground.ts';
import { configMap, pod } from '../../objects.ts';

interface Job extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

interface Secret extends KubeObject {
  readonly type: string;
  readonly data?: Readonly<Record<string, string>>;
}

const Job: ResourceType<Job> = { group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', namespaced: true };
const Secret: ResourceType<Secret> = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };

const template = {
  spec: { restartPolicy: 'Never', automountServiceAccountToken: false, containers: [{ name: 'main', image: 'none' }] },
};
const job = (name: string, spec: object = {}) =>
  ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { suspend: true, template, ...spec },
  }) as NewKubeObject;
const secret = (name: string, more: object) =>
  ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, ...more }) as NewKubeObject;

/** The kinds of Kubernetes that ours stand beside. */
export const builtIns: Suite = ({ promise }) => {
  promise('a pod gets its defaults, and waits for somebody to run it', async ({ pods }) => {
    const made = await pods.create(pod('one'));
    expect(made.spec).toMatchObject({ restartPolicy: 'Always', terminationGracePeriodSeconds: 30 });
    expect(made.status?.phase).toBe('Pending');
  });

  promise('a pod is told how it goes through its status', async ({ pods }) => {
    await pods.create(pod('one'));
    const condition = { type: 'Ready', status: 'True' };
    const told = await pods.patchStatus('one', { phase: 'Running', conditions: [condition] } as never);
    expect(told.status).toMatchObject({ phase: 'Running', conditions: [condition] });
    expect((await pods.get('one')).status?.phase).toBe('Running');
  });

  promise('a pod keeps its containers', async ({ pods }) => {
    await pods.create(pod('one'));
    const late = pods.mergePatch('one', { spec: { restartPolicy: 'Never' } });
    expect(await refusal(late)).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: expect.stringContaining('spec: Forbidden: pod updates may not change fields other than'),
    });
  });

  promise('a pod that runs somewhere is given time to go', async ({ pods }) => {
    await pods.create(pod('one', { nodeName: 'n1' }));
    await pods.patchStatus('one', { phase: 'Running' });
    const going = await pods.delete('one');
    expect(going?.metadata).toMatchObject({ deletionTimestamp: expect.any(String), deletionGracePeriodSeconds: 30 });
    await pods.delete('one', { gracePeriodSeconds: 0 });
    expect(await refusal(pods.get('one'))).toMatchObject({ code: 404 });
  });

  promise('a Job gets its defaults, and selects its pods by its uid', async ({ client, ns }) => {
    const made = await client.of(Job, ns).create(job('work'));
    const controller = { 'batch.kubernetes.io/controller-uid': made.metadata.uid };
    expect(made.spec).toMatchObject({
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      suspend: true,
      selector: { matchLabels: controller },
      template: { metadata: { labels: { ...controller, 'batch.kubernetes.io/job-name': 'work' } } },
    });
    expect(made.metadata.generation).toBe(1);
  });

  promise('a Job keeps its template', async ({ client, ns }) => {
    const jobs = client.of(Job, ns);
    await jobs.create(job('work', { suspend: false }));
    const other = { spec: { ...template.spec, containers: [{ name: 'main', image: 'other' }] } };
    const { code, message } = await refusal(jobs.mergePatch('work', { spec: { template: other } }));
    expect(code).toBe(422);
    expect(message).toContain('spec.template: Invalid value:');
    expect(message).toContain('field is immutable');
  });

  promise('a Job must say what becomes of a pod that fails', async ({ client, ns }) => {
    const { restartPolicy: _, ...spec } = template.spec;
    const { code, message } = await refusal(client.of(Job, ns).create(job('work', { template: { spec } })));
    expect(code).toBe(422);
    expect(message).toContain('spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"');
  });

  promise('a Secret takes plain text, and keeps it in base64', async ({ client, ns }) => {
    const secrets = client.of(Secret, ns);
    const made = await secrets.create(secret('key', { stringData: { a: 'plain' } }));
    expect(made).toMatchObject({ type: 'Opaque', data: { a: Buffer.from('plain').toString('base64') } });
    expect(made).not.toHaveProperty('stringData');
    expect(await refusal(secrets.create(secret('bad', { data: { a: '$' } })))).toMatchObject({ code: 400 });
  });

  promise('a ConfigMap that is immutable stays', async ({ maps }) => {
    await maps.create({ ...configMap('settings', { a: '1' }), immutable: true } as never);
    const { code, message } = await refusal(maps.mergePatch('settings', { data: { a: '2' } }));
    expect(code).toBe(422);
    expect(message).toContain('data: Forbidden: field is immutable when `immutable` is set');
  });

  promise('a ConfigMap holds text only', async ({ ask, core }) => {
    const { status, body } = await ask<{ message: string }>('POST', core('configmaps'), {
      metadata: { name: 'a' },
      data: { n: 1 },
    });
    expect(status).toBe(400);
    expect(body.message).toContain('cannot unmarshal number into Go struct field ConfigMap.data of type string');
  });

  promise('a key that is none is Invalid', async ({ maps }) => {
    const { code, message } = await refusal(maps.create(configMap('settings', { 'a b': '1' })));
    expect(code).toBe(422);
    expect(message).toContain('data[a b]: Invalid value: "a b": a valid config key must consist of');
  });
};
