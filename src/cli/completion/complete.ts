import type { Command } from 'commander';
import { wait } from '../../api/clock.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Resource } from '../../kube/resource.ts';
import type { ResourceType } from '../../kube/resource-type.ts';
import type { CliContext } from '../context.ts';
import type { Flags } from '../flags.ts';
import { KIND_OF } from '../kinds.ts';
import type { Noun } from '../nouns.ts';
import { openSession, type Session } from '../session.ts';
import { type Candidates, candidatesFor } from './candidates.ts';

/** Somebody is waiting with a finger on the key. */
const PATIENCE_MS = 2_000;
/** More than this nobody reads. */
const MOST_NAMES = 500;

const Namespace: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};

/** One candidate a line. Whatever goes wrong, it is silent: a shell cannot show it. */
export async function complete(program: Command, words: readonly string[], context: CliContext): Promise<void> {
  const candidates = candidatesFor(program, words);
  const names = await Promise.race([
    liveNames(candidates, context).catch(() => []),
    wait(context.clock, PATIENCE_MS, context.signal).then(
      () => [],
      () => [],
    ),
  ]);
  const typed = words.at(-1) ?? '';
  const all = [...new Set([...candidates.words, ...names])].filter((word) => word.startsWith(typed));
  context.stdout.write(all.map((word) => `${word}\n`).join(''));
}

async function liveNames({ names, flags }: Candidates, context: CliContext): Promise<readonly string[]> {
  if (!names) return [];
  const session = await openSession(context, { output: 'text', logLevel: 'error', ...flags } as Flags);
  try {
    const lists = resourcesFor(names, session).map((resource) =>
      resource.list({ limit: MOST_NAMES, signal: context.signal }),
    );
    return (await Promise.all(lists)).flatMap(({ items }) => items.map(({ metadata }) => metadata.name));
  } finally {
    await session.close();
  }
}

function resourcesFor(
  names: NonNullable<Candidates['names']>,
  { kube, namespace }: Session,
): readonly Resource<KubeObject>[] {
  if (names === 'namespace') return [kube.of(Namespace)];
  const nouns = names === 'any' ? (Object.keys(KIND_OF) as readonly Noun[]) : [names];
  return nouns.map((noun) => kube.of(KIND_OF[noun] as never, namespace));
}
