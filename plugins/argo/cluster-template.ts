import type { NewKubeObject } from '../../src/kube/resource-type.ts';
import type { OUTPUTS } from '../step.ts';
import { PLUGIN_KEY, PLUGIN_NAME } from './names.ts';

type Output = (typeof OUTPUTS)[number];

/** A template that users refer to, and what may be said about it beside the `name`. */
interface Offer {
  readonly resource: 'semaphore' | 'lease' | 'barrier' | 'gate';
  readonly action: string;
  readonly fields: readonly string[];
  readonly outputs: readonly Output[];
}

const ASK = ['namespace', 'holder', 'ttl', 'priority', 'timeout', 'whenUnavailable'];
const HELD: readonly Output[] = ['token', 'holder', 'acquiredAt', 'expiresAt', 'claim'];
const OPENED: readonly Output[] = ['openedAt', 'arrived', 'generation'];

/** Everything a step can do, under the name that it is referred to by. */
export const OFFERS: Readonly<Record<string, Offer>> = {
  'semaphore-acquire': {
    resource: 'semaphore',
    action: 'acquire',
    fields: ['weight', 'permits', ...ASK],
    outputs: HELD,
  },
  'semaphore-release': { resource: 'semaphore', action: 'release', fields: ['namespace', 'claim'], outputs: [] },
  'lease-acquire': { resource: 'lease', action: 'acquire', fields: ASK, outputs: HELD },
  'lease-release': { resource: 'lease', action: 'release', fields: ['namespace', 'claim'], outputs: [] },
  'barrier-arrive': {
    resource: 'barrier',
    action: 'arrive',
    fields: ['namespace', 'holder', 'generation', 'timeout'],
    outputs: ['holder', 'claim', 'arrived', 'generation'],
  },
  'barrier-wait': {
    resource: 'barrier',
    action: 'wait',
    fields: ['namespace', 'generation', 'timeout'],
    outputs: OPENED,
  },
  'barrier-arrive-and-wait': {
    resource: 'barrier',
    action: 'arrive-and-wait',
    fields: ['namespace', 'holder', 'generation', 'timeout'],
    outputs: ['holder', 'claim', ...OPENED],
  },
  'gate-wait': { resource: 'gate', action: 'wait', fields: ['namespace', 'timeout'], outputs: ['openedAt'] },
};

/** For `templateRef: {name: konductor, template: semaphore-acquire, clusterScope: true}`, with arguments and nothing else. */
export const clusterTemplate = () =>
  ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ClusterWorkflowTemplate',
    metadata: { name: PLUGIN_NAME },
    spec: { templates: Object.entries(OFFERS).map(([name, offer]) => templateOf(name, offer)) },
  }) satisfies NewKubeObject & { readonly spec: unknown };

function templateOf(name: string, { resource, action, fields, outputs }: Offer) {
  const given = Object.fromEntries(['name', ...fields].map((field) => [field, `{{inputs.parameters.${field}}}`]));
  return {
    name,
    // Argo knows no parameter that may be left out: one that is empty is as good as left out
    inputs: { parameters: [{ name: 'name' }, ...fields.map((field) => ({ name: field, value: '' }))] },
    // of all the forms of valueFrom, the one that Argo takes for what a plugin supplies
    outputs: { parameters: outputs.map((output) => ({ name: output, valueFrom: { supplied: {} } })) },
    // only inside the body is it the name of the step itself; without a retryStrategy the second stays as it is written
    plugin: { [PLUGIN_KEY]: { [resource]: { action, ...given, key: '{{node.name}}', attempt: '{{retries}}' } } },
  };
}
