import { Gate } from '../../src/api/gate.ts';
import { API_VERSION } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { ResourceType } from '../../src/kube/resource-type.ts';
import { earOn } from './ear.ts';
import { IN_FLIGHT, startEngine } from './engine.ts';
import { type Benchmark, compared } from './figure.ts';
import { timeInFlight } from './in-flight.ts';
import { quantile } from './statistics.ts';

const ROUNDS = 150;
const WARM_UP = 20;

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}
type NewConfigMap = Pick<ConfigMap, 'apiVersion' | 'kind' | 'data'> & { readonly metadata: { readonly name: string } };

const ConfigMap: ResourceType<ConfigMap, NewConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

/** How long a gate takes to open once what it waits for is so, beside the news of that alone. */
export const benchmark: Benchmark = {
  load: `${ROUNDS} gates, each on a ConfigMap by CEL; the control is a write to a ConfigMap until a watch tells it`,
  async *run() {
    await using engine = await startEngine();
    const { client, namespace } = engine;
    const maps = client.of(ConfigMap, namespace);
    const gates = client.of(Gate, namespace);
    await using gateEar = await earOn<Gate>(gates);
    await using mapEar = await earOn<ConfigMap>(maps);
    const reactions: number[] = [];
    const hops: number[] = [];
    const names = Array.from({ length: WARM_UP + ROUNDS }, (_, index) => `switch-${index}`);
    // made before: a gate takes its time to say what it waits for, since nobody waits for that
    await timeInFlight({ calls: names.length, inFlight: IN_FLIGHT }, async (index) => {
      const metadata = { name: names[index] as string };
      await maps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { on: 'no' } });
      const subject = {
        resource: { apiVersion: 'v1', kind: 'ConfigMap', ...metadata },
        when: "object.data.on == 'yes'",
      };
      const looks = gateEar.when(metadata.name, isLooking);
      await gates.create({ apiVersion: API_VERSION, kind: 'Gate', metadata, spec: { conditions: [subject] } });
      await looks;
    });

    for (const [index, name] of names.entries()) {
      const told = mapEar.when(name, ({ data }) => data?.['on'] === 'soon');
      const wrote = performance.now();
      await maps.mergePatch(name, { data: { on: 'soon' } });
      const hop = (await told) - wrote;

      const opens = gateEar.when(name, ({ status }) => status?.phase === 'Open');
      const changed = performance.now();
      await maps.mergePatch(name, { data: { on: 'yes' } });
      const reaction = (await opens) - changed;
      if (index < WARM_UP) continue;
      hops.push(hop);
      reactions.push(reaction);
    }
    yield compared('gate reaction, p50', quantile(reactions, 0.5), 'ms', quantile(hops, 0.5), { atMost: 3 });
    yield compared('gate reaction, p99', quantile(reactions, 0.99), 'ms', quantile(hops, 0.99));
  },
};

const isLooking = ({ status }: Gate): boolean => status?.conditionStatuses?.[0]?.message === '`when` is false';
