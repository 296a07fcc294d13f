import { readdirSync, readlinkSync } from 'node:fs';

/** What the process holds open, by what it is. */
export type Held = Readonly<Record<string, number>>;

/** What keeps the event loop alive, and, where the kernel tells, every socket: an idle one keeps nothing alive. */
export function heldNow(): Held {
  const held: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo()) held[type] = (held[type] ?? 0) + 1;
  const sockets = openSockets();
  return sockets === undefined ? held : { ...held, sockets };
}

/** What is held now and was not before. */
export function leaksBetween(before: Held, after: Held): readonly string[] {
  return Object.entries(after)
    .map(([what, count]) => ({ what, more: count - (before[what] ?? 0) }))
    .filter(({ more }) => more > 0)
    .map(({ what, more }) => `leaked: ${more} × ${what}`);
}

const DESCRIPTORS = '/proc/self/fd';

function openSockets(): number | undefined {
  try {
    return readdirSync(DESCRIPTORS).filter(isSocket).length;
  } catch {
    return undefined;
  }
}

function isSocket(descriptor: string): boolean {
  try {
    return readlinkSync(`${DESCRIPTORS}/${descriptor}`).startsWith('socket:');
  } catch {
    // the folder's own, closed by now
    return false;
  }
}
