import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Gate } from '../src/api/gate.ts';
import type { NewObjectOf } from '../src/api/kind.ts';
import type { KubeObject } from '../src/api/metadata.ts';
import type { ResourceType } from '../src/kube/resource-type.ts';
import { aSemaphore, hands, NAMESPACE, type World, world } from '../test/support/operator-world.ts';

let bed: World;
beforeEach(() => {
  bed = world();
});
afterEach(() => bed.close());

const ConfigMap: ResourceType<KubeObject, object> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

const gates = () => bed.user.of(Gate, NAMESPACE);
const make = (name: string, spec: NewObjectOf<typeof Gate>['spec']) =>
  gates().create({ apiVersion: 'sync.konductor.io/v1', kind: 'Gate', metadata: { name }, spec });
const phase = async (name: string) => (await gates().get(name)).status?.phase;

describe('a gate, by plain API writes', () => {
  it('opens when a semaphore has enough free', async () => {
    await bed.operator();
    await make('go', { conditions: [{ semaphore: 'db', permits: 2 }] });
    await bed.pass(1_000);
    expect(await phase('go')).toBe('Waiting');
    await hands(bed).semaphores.create(aSemaphore('db', { permits: 2 }));
    await bed.pass(1_000);
    expect(await phase('go')).toBe('Open');
  });

  it('opens when any object is as it says', async () => {
    await bed.operator();
    const resource = { apiVersion: 'v1', kind: 'ConfigMap', name: 'flags' };
    await make('go', { conditions: [{ resource, when: 'object.data.ready == "yes"' }] });
    await bed.pass(1_000);
    expect(await phase('go')).toBe('Waiting');
    const maps = bed.user.of(ConfigMap, NAMESPACE);
    const map = (ready: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'flags' },
      data: { ready },
    });
    await maps.create(map('no'));
    await bed.pass(1_000);
    expect(await phase('go')).toBe('Waiting');
    await maps.mergePatch('flags', { data: { ready: 'yes' } } as never);
    await bed.rest();
    expect(await phase('go')).toBe('Open');
  });

  it('says which kind it cannot read, and waits', async () => {
    await bed.operator();
    await make('go', { conditions: [{ workflow: 'build' }] });
    await bed.pass(1_000);
    expect((await gates().get('go')).status).toMatchObject({
      phase: 'Waiting',
      conditionStatuses: [{ met: false, message: expect.stringContaining('may not read Workflow') }],
    });
  });

  it('shares a watch with others, and drops it when nobody looks', async () => {
    await bed.operator();
    const before = bed.server.watches.size;
    for (const name of ['one', 'two']) await make(name, { conditions: [{ job: 'load' }] });
    await bed.pass(1_000);
    expect(bed.server.watches.size - before).toBe(1);
    await gates().delete('one');
    await bed.pass(1_000);
    expect(bed.server.watches.size - before).toBe(1);
    await gates().delete('two');
    await bed.pass(1_000);
    expect(bed.server.watches.size - before).toBe(0);
  });

  it('does not look into other namespaces that do not let it', async () => {
    await bed.operator();
    const { semaphores } = hands(bed);
    const theirs = bed.user.of(semaphores.type, 'kube-public');
    await theirs.create(aSemaphore('shut', { permits: 2 }));
    await theirs.create(aSemaphore('open', { permits: 2, allowedNamespaces: [NAMESPACE] }));
    await make('shut', { conditions: [{ semaphore: 'shut', namespace: 'kube-public' }] });
    await make('open', { conditions: [{ semaphore: 'open', namespace: 'kube-public' }] });
    await bed.pass(2_000);
    expect([await phase('shut'), await phase('open')]).toEqual(['Waiting', 'Open']);
  });

  it('fails when its time is over', async () => {
    await bed.operator();
    await make('go', { conditions: [{ job: 'load' }], timeout: '5s' });
    await bed.pass(4_900);
    expect(await phase('go')).toBe('Waiting');
    await bed.pass(1_200);
    expect(await phase('go')).toBe('Failed');
  });

  it('is opened and closed by hand where it has no conditions', async () => {
    await bed.operator();
    await make('go', {});
    await bed.rest();
    await gates().patchStatus('go', { phase: 'Open' });
    await bed.pass(2_000);
    expect(await phase('go')).toBe('Open');
    await gates().mergePatch('go', { spec: { open: false } });
    await bed.pass(2_000);
    expect(await phase('go')).toBe('Waiting');
  });
});
