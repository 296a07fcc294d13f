import { describe, expect, it } from 'vitest';
import { gatedManifest } from './gated-pod.ts';

const gated = {
  metadata: {
    labels: { app: 'x', 'sync.konductor.io/gated': 'true' },
    annotations: { 'sync.konductor.io/semaphore': 'db' },
  },
  spec: { containers: [], schedulingGates: [{ name: 'sync.konductor.io/wait' }] },
};
const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [] } };

describe('a manifest whose Pods are to wait', () => {
  it.each<[string, object, object]>([
    ['Pod', { kind: 'Pod', ...template }, { kind: 'Pod', ...gated }],
    [
      'Job',
      { kind: 'Job', spec: { completions: 3, template } },
      { kind: 'Job', spec: { completions: 3, template: gated } },
    ],
    [
      'CronJob',
      { kind: 'CronJob', spec: { schedule: '@daily', jobTemplate: { spec: { template } } } },
      { kind: 'CronJob', spec: { schedule: '@daily', jobTemplate: { spec: { template: gated } } } },
    ],
    ['Deployment', { kind: 'Deployment', spec: { template } }, { kind: 'Deployment', spec: { template: gated } }],
    [
      'List',
      { kind: 'List', items: [{ kind: 'ConfigMap' }, { kind: 'Job', spec: { template } }] },
      { kind: 'List', items: [{ kind: 'ConfigMap' }, { kind: 'Job', spec: { template: gated } }] },
    ],
  ])('%s gets the label, the gate and the annotations, and keeps the rest', (_, before, after) => {
    const made = gatedManifest(before, { semaphore: 'db' });
    expect(made).toEqual(after);
    expect(gatedManifest(made, { semaphore: 'db' }), 'twice is as good as once').toEqual(after);
  });

  it('keeps the gates of others', () => {
    const pod = { kind: 'Pod', spec: { schedulingGates: [{ name: 'example.com/quota' }] } };
    expect(gatedManifest(pod, {})).toMatchObject({
      spec: { schedulingGates: [{ name: 'example.com/quota' }, { name: 'sync.konductor.io/wait' }] },
    });
  });

  it.each([[{ kind: 'ConfigMap' }], [{ kind: 'List', items: [] }], ['text'], [null]])(
    '%o makes no Pods',
    (manifest) => {
      expect(gatedManifest(manifest, { semaphore: 'db' })).toBeUndefined();
    },
  );
});
