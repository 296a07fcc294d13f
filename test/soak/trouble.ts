import type { Fault, FaultRule } from '../../src/apiserver/faults.ts';
import type { ApiServer } from '../../src/apiserver/server.ts';
import type { WatchInfo } from '../../src/apiserver/watch.ts';
import type { Chance } from './chance.ts';

const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete']);

/** Milliseconds. */
const LATENCY = 40;
/** Seconds; the header knows no shorter time. */
const RETRY_AFTER = 1;

/** What goes wrong with single requests, and how often. Nothing a real server could not do. */
export function requestTrouble({ happens, between }: Chance, onFault: (name: string) => void): FaultRule {
  const kinds: readonly Trouble[] = [
    { name: '429', share: 0.01, fault: { fail: 429, retryAfter: RETRY_AFTER } },
    { name: '503', share: 0.005, fault: { fail: 503, retryAfter: RETRY_AFTER } },
    { name: '500', share: 0.01, fault: { fail: 500 } },
    { name: '500 after it was done', share: 0.01, fault: { fail: 500, applied: true }, verbs: WRITES },
    { name: '504', share: 0.005, fault: { fail: 504 } },
    { name: '504 after it was done', share: 0.005, fault: { fail: 504, applied: true }, verbs: WRITES },
    { name: 'connection lost', share: 0.01, fault: { fail: 'connection' } },
    {
      name: 'connection lost after it was done',
      share: 0.02,
      fault: { fail: 'connection', applied: true },
      verbs: WRITES,
    },
    { name: '409', share: 0.02, fault: { fail: 409 }, verbs: new Set(['update', 'patch']) },
    { name: '410', share: 0.05, fault: { fail: 410, inStream: true }, verbs: new Set(['watch']) },
    { name: '410 on a later page', share: 0.2, fault: { fail: 410 }, verbs: new Set(['list']), pages: true },
  ];
  return (_, { verb, query }) => {
    const slow: Fault = {
      ...(happens(0.15) && { delay: between(1, LATENCY) }),
      ...(happens(0.05) && { delayAnswer: between(1, LATENCY) }),
    };
    const trouble = kinds.find(
      ({ share, verbs, pages }) => happens(share) && (!verbs || verbs.has(verb)) && (!pages || query.has('continue')),
    );
    if (trouble) onFault(trouble.name);
    else if (slow.delay !== undefined || slow.delayAnswer !== undefined) onFault('latency');
    return { ...slow, ...trouble?.fault };
  };
}

interface Trouble {
  readonly name: string;
  readonly share: number;
  readonly fault: Fault;
  readonly verbs?: ReadonlySet<string>;
  readonly pages?: true;
}

/** A freeze lasts until a thaw. */
const WATCH_TROUBLES = ['cut', 'cut', 'end', 'half-open', 'expire', 'freeze', 'thaw', 'compact'] as const;

/** One thing that goes wrong with some or all of the open watches. */
export function troubleWatches(server: ApiServer, { happens, oneOf }: Chance, onFault: (name: string) => void): void {
  const { watches } = server;
  const chosen = new WeakMap<WatchInfo, boolean>();
  const share = oneOf([0.2, 0.5, 1]);
  // of one watch the same is said however often it is asked about
  const which = (info: WatchInfo): boolean => {
    const known = chosen.get(info) ?? happens(share);
    chosen.set(info, known);
    return known;
  };
  const name = oneOf(WATCH_TROUBLES);
  onFault(`watches: ${name}`);
  const troubles: Readonly<Record<typeof name, () => void>> = {
    cut: () => watches.cut(which),
    end: () => watches.end(which),
    'half-open': () => watches.halfOpen(which),
    expire: () => watches.expire(which),
    freeze: () => watches.freeze(which),
    thaw: () => watches.thaw(),
    compact: () => server.compact(),
  };
  troubles[name]();
}
