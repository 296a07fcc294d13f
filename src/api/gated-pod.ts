import { GROUP } from './group.ts';

/** Only Pods with this label are looked at. */
export const GATED_LABEL = `${GROUP}/gated`;
/** The scheduling gate that is ours to take away. */
export const WAIT_GATE = `${GROUP}/wait`;
/** What a Pod needs stands in annotations that begin so. */
export const ANNOTATION_PREFIX = `${GROUP}/`;

/** What a Pod can say of what it waits for: the annotations' names without their prefix. */
export const POD_ANNOTATIONS = [
  'gate',
  'barrier',
  'semaphore',
  'lease',
  'weight',
  'priority',
  'ttl',
  'timeout',
  'on-timeout',
  'release-on',
] as const;
export type PodAnnotation = (typeof POD_ANNOTATIONS)[number];

type Json = Readonly<Record<string, unknown>>;

/**
 * A manifest whose Pods wait unscheduled for what is given: what makes them so is added, and nothing else changes.
 * Undefined when it makes no Pods.
 */
export function gatedManifest(
  manifest: unknown,
  needs: Readonly<Partial<Record<PodAnnotation, string>>>,
): Json | undefined {
  if (!isObject(manifest)) return undefined;
  if (manifest['kind'] === 'List' && Array.isArray(manifest['items'])) {
    const items = manifest['items'].map((item) => gatedManifest(item, needs) ?? item);
    return items.some((item, index) => item !== (manifest['items'] as unknown[])[index])
      ? { ...manifest, items }
      : undefined;
  }
  const path = TEMPLATES[String(manifest['kind'])];
  return path && within(manifest, path, (template) => gatedTemplate(template, needs));
}

/** Where each kind keeps the Pod that it makes. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  Deployment: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  PodTemplate: ['template'],
};

function gatedTemplate(template: Json, needs: Readonly<Partial<Record<PodAnnotation, string>>>): Json {
  const metadata = part(template, 'metadata');
  const spec = part(template, 'spec');
  const gates = Array.isArray(spec['schedulingGates']) ? (spec['schedulingGates'] as readonly unknown[]) : [];
  const isThere = gates.some((gate) => isObject(gate) && gate['name'] === WAIT_GATE);
  const annotations = Object.fromEntries(
    Object.entries(needs).map(([name, value]) => [`${ANNOTATION_PREFIX}${name}`, value]),
  );
  return {
    ...template,
    metadata: {
      ...metadata,
      labels: { ...part(metadata, 'labels'), [GATED_LABEL]: 'true' },
      annotations: { ...part(metadata, 'annotations'), ...annotations },
    },
    spec: { ...spec, schedulingGates: isThere ? gates : [...gates, { name: WAIT_GATE }] },
  };
}

function within(object: Json, path: readonly string[], change: (object: Json) => Json): Json {
  const [key, ...rest] = path;
  return key === undefined ? change(object) : { ...object, [key]: within(part(object, key), rest, change) };
}

const part = (object: Json, key: string): Json => (isObject(object[key]) ? (object[key] as Json) : {});

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
