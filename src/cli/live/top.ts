import { wait } from '../../api/clock.ts';
import { LeaseRequest } from '../../api/lease-request.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { Permit } from '../../api/permit.ts';
import { type Picture, waitsFor } from '../../core/picture.ts';
import { ObjectCache } from '../../kube/cache.ts';
import type { Resource } from '../../kube/resource.ts';
import { keepWatching } from '../../kube/watch.ts';
import { targetIn } from '../../sdk/target.ts';
import type { Call } from '../call.ts';
import { KIND_OF } from '../kinds.ts';
import type { Noun } from '../nouns.ts';
import { harmless, shortened, tableOf } from '../print/table.ts';
import { pictureOfAny } from './pictures.ts';
import { openScreen } from './screen.ts';

const WATCHED = [...Object.values(KIND_OF), Permit, LeaseRequest];
const CLAIMS: Readonly<Record<string, 'semaphore' | 'lease'>> = { Permit: 'semaphore', LeaseRequest: 'lease' };

/** However much happens, nobody reads faster; and ages grow by the second. */
const AT_MOST_EVERY_MS = 300;
const AT_LEAST_EVERY_MS = 1_000;

/** Everything there is at one look: live at a terminal until somebody leaves, else once. */
export async function top(call: Call): Promise<void> {
  const { context } = call;
  const session = await call.open();
  const resources = WATCHED.map((kind) => session.kube.of(kind as typeof Permit, session.scope));
  const { stdout, clock } = context;
  const table = (objects: readonly KubeObject[]) =>
    tableFor(objects, clock.now(), {
      namespaces: session.scope === undefined,
      // a long name leaves room for what happens
      longestName: stdout.isTerminal ? Math.max(20, Math.floor((stdout.columns ?? 80) / 2)) : Number.POSITIVE_INFINITY,
    });
  if (!context.stdout.isTerminal) {
    const lists = await Promise.all(resources.map((resource) => resource.listAll({ signal: context.signal })));
    return context.stdout.write(table(lists.flatMap(({ items }) => items as readonly KubeObject[])));
  }
  await live(call, resources as unknown as readonly Resource<KubeObject, never>[], table);
}

async function live(
  { context }: Call,
  resources: readonly Resource<KubeObject, never>[],
  table: (objects: readonly KubeObject[]) => string,
): Promise<void> {
  const { clock, random } = context;
  const stopping = new AbortController();
  const signal = AbortSignal.any([context.signal, stopping.signal]);
  let trouble: string | undefined;
  const caches = resources.map(() => new ObjectCache<KubeObject>({ onError: () => {} }));
  let changed = Promise.withResolvers<void>();
  const watches = resources.map((resource, index) =>
    keepWatching({
      resource,
      onChange(change) {
        trouble = undefined;
        caches[index]?.feed(change);
        changed.resolve();
      },
      onError(error) {
        trouble = error instanceof Error ? error.message : String(error);
        changed.resolve();
      },
      clock,
      random,
      signal,
    }),
  );
  using screen = openScreen(context, process.stdin, () => process.stdout.rows ?? 24);
  void screen.quit.then(() => stopping.abort());
  while (!signal.aborted) {
    changed = Promise.withResolvers();
    const head = trouble === undefined ? 'q quits' : `what follows may be old: ${harmless(trouble)}`;
    screen.show(`${head}\n\n${table(caches.flatMap((cache) => cache.all()))}`);
    await wait(clock, AT_MOST_EVERY_MS, signal).catch(() => {});
    const idle = wait(clock, AT_LEAST_EVERY_MS - AT_MOST_EVERY_MS, signal).catch(() => {});
    await Promise.race([changed.promise, idle]);
  }
  await Promise.all(watches);
}

interface TopOptions {
  readonly namespaces: boolean;
  readonly longestName: number;
}

/** The busiest first. */
export function tableFor(objects: readonly KubeObject[], now: number, { namespaces, longestName }: TopOptions): string {
  const byResource = new Map<string, KubeObject[]>();
  for (const object of objects) {
    const noun = CLAIMS[object.kind];
    if (!noun) continue;
    const { namespace, name } = targetIn(object as Permit);
    const key = `${noun}/${namespace}/${name}`;
    byResource.set(key, [...(byResource.get(key) ?? []), object]);
  }
  const pictures = objects
    .filter(({ kind }) => NOUN_OF[kind])
    .map((resource) => {
      const { namespace, name } = resource.metadata;
      return pictureOfAny(resource, byResource.get(`${NOUN_OF[resource.kind]}/${namespace}/${name}`) ?? [], now);
    })
    .toSorted((a, b) => lineOf(b) - lineOf(a) || idOf(a).localeCompare(idOf(b)));
  if (pictures.length === 0) return 'No semaphores, barriers, leases or gates found.\n';
  const header = [...(namespaces ? ['NAMESPACE'] : []), 'NAME', 'USED', 'WAITING', 'WHAT HAPPENS'];
  const rows = pictures.map((picture) => [
    ...(namespaces ? [picture.namespace ?? ''] : []),
    shortened(idOf(picture), longestName),
    usedOf(picture),
    `${lineOf(picture)}`,
    harmless(news(picture)),
  ]);
  return tableOf(header, rows);
}

const NOUN_OF: Readonly<Record<string, Noun>> = {
  Semaphore: 'semaphore',
  Barrier: 'barrier',
  Lease: 'lease',
  Gate: 'gate',
};

const idOf = ({ kind, name }: Picture): string => `${kind.toLowerCase()}/${name}`;
const lineOf = (picture: Picture): number => ('waiting' in picture ? picture.waiting.length : 0);

function usedOf(picture: Picture): string {
  switch (picture.kind) {
    case 'Semaphore':
    case 'Lease':
      return `${picture.inUse}/${picture.capacity}`;
    case 'Barrier':
      return `${picture.arrived}/${picture.needed}`;
    case 'Gate':
      return picture.isManual
        ? '-'
        : `${picture.conditions.filter(({ met }) => met).length}/${picture.conditions.length}`;
  }
}

/** What the next in line waits for; of what nobody waits for, who has it. */
function news(picture: Picture): string {
  if (picture.kind === 'Barrier' || picture.kind === 'Gate') return waitsFor(picture);
  const [next] = picture.waiting;
  if (next) return `${next.holder} is ${waitsFor(picture, { metadata: next })}`;
  const [oldest] = picture.holds;
  if (!oldest) return 'free';
  if (picture.kind === 'Lease') return `held by ${oldest.holder}`;
  return picture.free > 0 ? `${picture.free} free` : 'all are held';
}
