import { UsageError } from './exit.ts';

/** A gate's condition as it is typed: `job=etl,state=Complete`. What `when=` says goes on to the end, commas and all. */
export function conditionOf(text: string): Record<string, unknown> {
  const at = text.search(/(^|,)when=/);
  const [pairs, when] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(text.indexOf('when=', at) + 5)];
  const condition: Record<string, unknown> = {};
  for (const pair of pairs.split(',').filter(Boolean)) {
    const [, key, value] = /^([A-Za-z]+)=(.+)$/.exec(pair) ?? [];
    if (key === undefined || value === undefined) {
      throw new UsageError(`--condition must be like job=etl,state=Complete: ${JSON.stringify(pair)} is not key=value`);
    }
    condition[key] = fieldValue(key, value);
  }
  return when === undefined ? condition : { ...condition, when };
}

function fieldValue(key: string, value: string): unknown {
  if (key === 'permits' || key === 'value') return Number(value);
  if (key !== 'resource') return value;
  const [, apiVersion, kind, name] = /^((?:[^/]+\/)?[^/]+)\/([^/]+)\/([^/]+)$/.exec(value) ?? [];
  if (apiVersion === undefined) {
    throw new UsageError('--condition resource= must be like apps/v1/Deployment/web: group and version, kind, name');
  }
  return { apiVersion, kind, name };
}
