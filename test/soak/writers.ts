import { wait } from '../../src/api/clock.ts';
import type { Permit } from '../../src/api/permit.ts';
import { deletionOf, entered, type Ground, mark, mustBeTyped, newPermit, type Permits } from './ground.ts';

export const SEMAPHORES = ['db', 'cache', 'queue'] as const;
export const COLOURS = ['red', 'green'] as const;

/** Objects that all writers change at once; somebody is always too late. */
const SHARED = ['shared-1', 'shared-2', 'shared-3'] as const;
/** Objects that a writer keeps; more of them would only make the lists longer. */
const KEPT = 12;
/** Milliseconds between two calls, on average: the pace of the load. */
const PACE = 60;
const PAGE = 40;
/** Calls that their caller gives up. */
const CANCELLED = 0.03;

/** Everybody's objects, there before the trouble begins. */
export async function makeShared(ground: Ground): Promise<void> {
  const { permits, close } = await ground.connect('founder');
  for (const name of SHARED) {
    await entered(ground, name, () => permits.create(newPermit({ name, annotations: mark(name) }, SEMAPHORES[0])));
  }
  await close();
}

/** Writes and reads until the end, as fast as its pace is; every write has a name of its own. */
export async function writer(ground: Ground, who: string): Promise<void> {
  const { permits, close } = await ground.connect(who);
  await writing(ground, permits, who);
  await close();
}

/** Comes, does a few things at once, and closes its connections, sometimes in the middle of a call. */
export async function visitor(ground: Ground, who: string): Promise<void> {
  const { chance, clock, signal } = ground;
  for (let visit = 0; !signal.aborted; visit++) {
    // other limits than everybody's: connections of its own
    const { permits, close } = await ground.connect(who, { connections: 3 });
    const calls = Array.from({ length: 5 }, (_, index) => {
      const write = `${who}-${visit}-${index}`;
      const metadata = { name: write, annotations: mark(write) };
      return entered(ground, write, () => permits.create(newPermit(metadata, chance.oneOf(SEMAPHORES))));
    });
    if (chance.happens(0.5)) await Promise.all(calls);
    else await paused(ground, chance.between(0, 20));
    await close();
    const made = (await Promise.all(calls)).filter((permit) => permit !== undefined);
    await cleaned(ground, made, who);
    await wait(clock, chance.between(100, 1_000), signal).catch(() => {});
  }
}

async function cleaned(ground: Ground, made: readonly Permit[], who: string): Promise<void> {
  const { permits, close } = await ground.connect(who);
  for (const { metadata } of made) {
    await entered(ground, deletionOf(metadata.uid), () => permits.delete(metadata.name, { uid: metadata.uid }));
  }
  await close();
}

async function writing(ground: Ground, permits: Permits, who: string): Promise<void> {
  const { chance, signal } = ground;
  const own: Permit[] = [];
  let written = 0;
  while (!signal.aborted) {
    const write = `${who}-${written++}`;
    const metadata = { annotations: mark(write), labels: { colour: chance.oneOf(COLOURS) } };
    const at = chance.between(0, own.length - 1);
    const mine = own[at];
    const kept = (permit: Permit | undefined) => {
      if (permit) own[at] = permit;
    };
    const give = cancelledSometimes(ground);
    const create = async () => {
      const named = chance.happens(0.5) ? { name: write.toLowerCase() } : { generateName: `${who}-` };
      const object = newPermit({ ...metadata, ...named }, chance.oneOf(SEMAPHORES));
      const made = await entered(ground, write, () => permits.create(object, give));
      if (made) own.push(made);
    };
    const act = chance.between(0, 99);
    if (!mine || (act < 20 && own.length < KEPT)) await create();
    else if (act < 40) {
      // one that others write in between: a patch that is carried out twice then shows
      const shared = chance.happens(0.5) ? chance.oneOf(SHARED) : undefined;
      const name = shared ?? mine.metadata.name;
      const patched = await entered(ground, write, () => permits.mergePatch(name, { metadata }, give));
      if (!shared) kept(patched);
    } else if (act < 55) {
      const { name, resourceVersion } = mine.metadata;
      kept(await entered(ground, write, () => permits.mergePatch(name, { metadata }, { ...give, resourceVersion })));
    } else if (act < 62) {
      const object = newPermit({ ...metadata, name: mine.metadata.name }, mine.spec.semaphore);
      kept(await entered(ground, write, () => permits.apply(object, { ...give, force: true })));
    } else if (act < 72) {
      const name = chance.oneOf(SHARED);
      await entered(ground, write, async () => {
        const { resourceVersion } = (await permits.get(name)).metadata;
        return permits.mergePatch(name, { metadata }, { ...give, resourceVersion });
      });
    } else if (act < 84) {
      const { name, uid } = mine.metadata;
      // deleted or not, it is not written again: what is heard of it later would be another write's
      own.splice(at, 1);
      const guard = chance.happens(0.7) ? { uid } : {};
      await entered(ground, deletionOf(uid), () => permits.delete(name, { ...give, ...guard }));
    } else {
      const read = act < 96 ? permits.get(mine.metadata.name, give) : permits.listAll({ ...give, limit: PAGE });
      await read.catch((error: unknown) => mustBeTyped(ground, `a read of ${who}`, error));
    }
    ground.count('calls');
    await paused(ground, chance.between(0, 2 * PACE));
  }
}

/** A pace, not a wait for something. */
const paused = ({ clock, signal }: Ground, milliseconds: number): Promise<void> =>
  wait(clock, milliseconds, signal).catch(() => {});

function cancelledSometimes({ chance, clock }: Ground): { readonly signal?: AbortSignal } {
  if (!chance.happens(CANCELLED)) return {};
  const giving = new AbortController();
  clock.after(chance.between(0, 30), () => giving.abort(new Error('given up')));
  return { signal: giving.signal };
}
