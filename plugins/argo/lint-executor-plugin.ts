import { parse } from 'yaml';
import { asFields, asList, type Fields, type Found } from './finding.ts';

/** What makes Argo ignore a plugin's ConfigMap, or fail every agent pod of its namespace. */
export function findingsInExecutorPlugin({ metadata, data }: Fields): readonly Found[] {
  if (asFields(asFields(metadata)['labels'])['workflows.argoproj.io/configmap-type'] !== 'ExecutorPlugin') return [];
  const field = 'data["sidecar.container"]';
  const container = containerIn(asFields(data)['sidecar.container']);
  if (!container) return [{ effect: 'hangs', field, message: `is no container; ${REPLACE}` }];
  const { ports, resources, securityContext, name, image } = container;
  const { requests, limits } = asFields(resources);
  const ignored = [
    asList(ports).length === 0 && 'ports',
    !requests && 'resources.requests',
    !limits && 'resources.limits',
    !securityContext && 'securityContext',
  ].filter((missing) => missing !== false);
  const missing = [!name && 'name', !image && 'image'].filter((missing) => missing !== false);
  return [
    ...ignored.map((what) => ({
      effect: 'fails' as const,
      field: `${field}.${what}`,
      message: `is required: Argo ignores the plugin without it, and no plugin answers its steps; ${REPLACE}`,
    })),
    ...missing.map((what) => ({
      effect: 'fails' as const,
      field: `${field}.${what}`,
      message: 'is required: without it no agent pod of the namespace can be made, not even for HTTP steps',
    })),
  ];
}

const REPLACE =
  "if it is in the cluster already, delete it and create it anew: mending it by an update stops Argo's controller";

function containerIn(text: unknown): Fields | undefined {
  try {
    const value: unknown = parse(String(text ?? ''));
    return typeof value === 'object' && value !== null ? asFields(value) : undefined;
  } catch {
    return undefined;
  }
}
