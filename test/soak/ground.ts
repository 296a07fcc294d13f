import { API_VERSION } from '../../src/api/group.ts';
import type { NewObjectOf } from '../../src/api/kind.ts';
import { Permit } from '../../src/api/permit.ts';
import type { ApiServer } from '../../src/apiserver/server.ts';
import { type KubeClient, kubeClient } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/connection.ts';
import { KubeError, mayHaveHappened, TransportError } from '../../src/kube/errors.ts';
import { type HttpLimits, httpTransport } from '../../src/kube/http-transport.ts';
import type { Chance } from './chance.ts';
import type { CountingClock } from './counting-clock.ts';
import { type Ledger, ledger } from './ledger.ts';

export const NAMESPACE = 'default';

/** Which write an object was last written by. */
const MARK = 'soak.konductor.io/write';

/** What everybody in a soak shares. */
export interface Ground {
  readonly server: ApiServer;
  readonly clock: CountingClock;
  readonly chance: Chance;
  /** Ends all work. */
  readonly signal: AbortSignal;
  readonly ledger: Ledger;
  /** What must not be, in words. */
  readonly problems: string[];
  readonly count: (what: string) => void;
  connect(who: string, limits?: Partial<HttpLimits>): Promise<Connected>;
}

export interface Connected {
  readonly client: KubeClient;
  readonly permits: Permits;
  close(): Promise<void>;
}

export type Permits = ReturnType<typeof permitsOf>;
const permitsOf = (client: KubeClient) => client.of(Permit, NAMESPACE);

export interface GroundOptions extends Pick<Ground, 'server' | 'clock' | 'chance' | 'signal' | 'count'> {
  readonly url: string;
  readonly ca: string | undefined;
}

export function groundOf({ url, ca, ...shared }: GroundOptions): Ground {
  const { server, clock, chance } = shared;
  const book = ledger();
  server.onWrite(({ resource, type, object, previous }) => {
    if (!resource.startsWith('permits.')) return;
    if (type === 'DELETED') return book.applied(deletionOf(object.metadata.uid));
    const mark = object.metadata.annotations?.[MARK];
    if (mark !== undefined && mark !== previous?.metadata.annotations?.[MARK]) book.applied(mark);
  });
  return {
    ...shared,
    ledger: book,
    problems: [],
    async connect(who, limits) {
      const connection = await connect({ server: url, ...(ca !== undefined && { ca }), clock });
      const transport = httpTransport(connection, { clock, ...(limits && { limits }) });
      const client = kubeClient(transport, { userAgent: who, clock, random: chance.random });
      return { client, permits: permitsOf(client), close: () => transport.close() };
    },
  };
}

export const deletionOf = (uid: string): string => `deletion of ${uid}`;

/** What marks an object as last written by that write. */
export const mark = (write: string) => ({ [MARK]: write });

export const newPermit = (
  metadata: NewObjectOf<typeof Permit>['metadata'],
  semaphore: string,
): NewObjectOf<typeof Permit> => ({
  apiVersion: API_VERSION,
  kind: 'Permit',
  metadata,
  spec: { semaphore, holder: 'soak', ttl: '5m' },
});

/** Begins a write in the books, makes it, and enters what its writer was told. Undefined when it was not done. */
export async function entered<T>(ground: Ground, write: string, make: () => Promise<T>): Promise<T | undefined> {
  ground.ledger.began(write);
  try {
    const answer = await make();
    ground.ledger.told(write, 'done');
    return answer;
  } catch (error) {
    ground.ledger.told(write, mayHaveHappened(error) ? 'unknown' : 'refused');
    mustBeTyped(ground, write, error);
    return undefined;
  }
}

/** Callers tell errors apart by their class: any other is a hole in the client. */
export function mustBeTyped({ problems, count }: Ground, what: string, error: unknown): void {
  if (error instanceof KubeError) count(`error ${error.code} ${error.reason}`);
  else if (error instanceof TransportError) count(`error ${error.failure}`);
  else problems.push(`${what}: failed with an error of no class of ours: ${String((error as Error)?.stack ?? error)}`);
}
