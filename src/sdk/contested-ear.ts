import { type Contested, contestedIn, type Holdable } from './holdable.ts';
import type { Session } from './session.ts';
import type { Target } from './target.ts';

/** Who listens to a resource that is waited for. */
export interface ContestedEar {
  seen(object: Contested): void;
  gone(): void;
  /** This user may not read it: nothing will be heard. */
  deaf(): void;
}

/** Tells what becomes of the resource while few wait for it; with many, each hears by its claim alone. */
export function listenToContested(session: Session, type: Holdable, target: Target, ear: ContestedEar): () => void {
  const { namespace, name } = target;
  const resource = contestedIn(session, type, namespace);
  // a feed may tell before it has answered with how to leave it
  const listening = new AbortController();
  const leave = session.feeds.listen<Contested>({ resource, namespace, fieldSelector: `metadata.name=${name}` }, name, {
    seen(object) {
      ear.seen(object);
      if (!hasFewWaiting(object)) listening.abort();
    },
    gone: () => ear.gone(),
    deaf() {
      ear.deaf();
      listening.abort();
    },
  });
  if (listening.signal.aborted) leave();
  else listening.signal.addEventListener('abort', leave, { once: true });
  return () => listening.abort();
}

/** With a longer queue, each swap of the resource would be told to more watchers than it grants. */
export const hasFewWaiting = ({ status }: Contested): boolean => (status?.waiting ?? 0) <= FEW;

const FEW = 10;
