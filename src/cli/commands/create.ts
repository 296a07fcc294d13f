import { API_VERSION } from '../../api/group.ts';
import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Problem } from '../../api/problem.ts';
import { problemsOf } from '../../api/validate.ts';
import type { Call } from '../call.ts';
import { conditionOf } from '../conditions.ts';
import { UsageError } from '../exit.ts';
import { KIND_OF } from '../kinds.ts';
import type { Noun } from '../nouns.ts';
import { isDocument, printDocument } from '../print/document.ts';
import { fullName } from '../print/objects.ts';

export interface CreateFlags {
  readonly dryRun?: 'none' | 'client' | 'server';
  /** What a gate waits for; all other flags are fields of a spec by their own names. */
  readonly condition?: readonly string[];
  readonly maxTtl?: string;
  readonly latch?: boolean;
}

/** Makes one, or shows what would be made. */
export async function create(noun: Noun, { context, args, options, flags, open }: Call<CreateFlags>): Promise<void> {
  const { stdout } = context;
  const kind: Kind = KIND_OF[noun];
  const [name = ''] = args;
  const { dryRun = 'none', ...fields } = options;
  const manifest = {
    apiVersion: API_VERSION,
    kind: kind.kind,
    metadata: { name, ...(flags.namespace !== undefined && { namespace: flags.namespace }) },
    spec: specOf(fields),
  };
  const [problem] = problemsOf(kind, manifest);
  if (problem) throw new UsageError(inFlags(problem));

  let made: object = manifest;
  if (dryRun !== 'client') {
    const { kube, namespace } = await open();
    made = await kube
      .of(kind, namespace)
      .create(manifest as never, { signal: context.signal, ...(dryRun === 'server' && { dryRun: 'All' }) });
  }
  if (isDocument(flags.output)) return printDocument(stdout, flags.output, made as KubeObject);
  const note = dryRun === 'none' ? '' : ` (${dryRun} dry run)`;
  stdout.write(flags.output === 'name' ? `${fullName(kind, name)}\n` : `${fullName(kind, name)} created${note}\n`);
}

/** Flags are the fields of a spec; two have to be spelt or read in another way. */
function specOf({ condition, maxTtl, latch, ...fields }: Omit<CreateFlags, 'dryRun'>): object {
  return {
    ...fields,
    // commander sets a --no-… flag to true when it is not given
    ...(latch === false && { latch }),
    ...(maxTtl !== undefined && { maxTTL: maxTtl }),
    ...(condition && { conditions: condition.map(conditionOf) }),
  };
}

/** A problem as somebody sees it who wrote flags: `spec.maxTTL` is `--max-ttl`. */
function inFlags({ field, message }: Problem): string {
  if (field === 'metadata.name') return `the name ${message}`;
  const [, index, rest] = /^spec\.conditions\[([0-9]+)\](.*)$/.exec(field) ?? [];
  if (index !== undefined) return `--condition ${Number(index) + 1}${rest ? ` ${rest.slice(1)}` : ''}: ${message}`;
  const flag = field
    .replace(/^spec\./, '')
    .replace(/\[.*$/, '')
    .replaceAll(/[A-Z]+/g, (capitals) => `-${capitals.toLowerCase()}`);
  // a rule's message names its field itself
  const last = field.split('.').at(-1) ?? '';
  return `--${flag} ${message.startsWith(`${last} `) ? message.slice(last.length + 1) : message}`;
}
