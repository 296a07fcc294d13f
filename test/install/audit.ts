import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Right } from '../../src/api/right.ts';

/** What a user asked for, as the API server itself wrote down: `get pods`, `patch semaphores.sync.konductor.io/status`. */
export interface Asked {
  readonly what: string;
  readonly isRefused: boolean;
}

/** Flags that let an API server write down everything that one user does. */
export async function auditFlags(folder: string, user: string): Promise<readonly string[]> {
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata', users: [user] }, { level: 'None' }],
  };
  await writeFile(join(folder, 'policy.json'), JSON.stringify(policy));
  return [`--audit-policy-file=${join(folder, 'policy.json')}`, `--audit-log-path=${join(folder, 'audit.log')}`];
}

interface Line {
  readonly verb: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
  };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Everything of the log after the first `skip` lines, and how many there are now. */
export async function askedSince(folder: string, skip: number) {
  const text = await readFile(join(folder, 'audit.log'), 'utf8').catch(() => '');
  const lines = text.split('\n').filter(Boolean);
  const asked = lines.slice(skip).flatMap((line): Asked[] => {
    const { verb, objectRef, annotations } = JSON.parse(line) as Line;
    // discovery has no object; every user may ask for it
    if (!objectRef?.resource) return [];
    const { apiGroup = '', resource, subresource } = objectRef;
    const isRefused = annotations?.['authorization.k8s.io/decision'] === 'forbid';
    return [{ what: wordFor(verb, apiGroup, subresource ? `${resource}/${subresource}` : resource), isRefused }];
  });
  return { asked, lines: lines.length };
}

/** A set of rights in the same words. */
export const wordsOf = (rights: readonly Right[]): ReadonlySet<string> =>
  new Set(
    rights.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => wordFor(verb, group, resource))),
      ),
    ),
  );

function wordFor(verb: string, group: string, resource: string): string {
  const [plural, subresource] = resource.split('/');
  return `${verb} ${plural}${group && `.${group}`}${subresource ? `/${subresource}` : ''}`;
}
