import { type Operator, type OperatorOptions, startOperator } from '../../operator/operator.ts';
import type { NewObjectOf } from '../../src/api/kind.ts';
import { Permit } from '../../src/api/permit.ts';
import { Semaphore } from '../../src/api/semaphore.ts';
import { type ApiServer, createApiServer } from '../../src/apiserver/server.ts';
import { type VirtualClock, virtualClock } from '../../src/dev/virtual-clock.ts';
import { type KubeClient, kubeClient } from '../../src/kube/client.ts';
import { TransportError } from '../../src/kube/errors.ts';
import { isRead, type Transport } from '../../src/kube/transport.ts';
import { seededRandom } from './seeded-random.ts';

/** One embedded API server, a clock that only the test moves, and any number of operators. No sockets, no waiting. */
export interface World {
  readonly server: ApiServer;
  readonly clock: VirtualClock;
  /** A user's client. */
  readonly user: KubeClient;
  readonly transport: Transport;
  operator(options?: Partial<OperatorOptions>): Promise<Operator>;
  /** Lets everything happen that needs no time. */
  rest(): Promise<void>;
  /** Lets that many milliseconds pass. */
  pass(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

export const NAMESPACE = 'default';

export function world({ seed = 1 }: { readonly seed?: number } = {}): World {
  const clock = virtualClock();
  const random = seededRandom(seed);
  const server = createApiServer({ clock, random, tracksFields: false, historyLimit: 1_000_000 });
  const transport = transportTo(server);
  const operators: Operator[] = [];
  let lives = 0;

  const settle = async (): Promise<void> => {
    // rounds of promises, until the server has been left alone for a while
    for (let quiet = 0, before = -1; quiet < QUIET_ROUNDS; ) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      quiet = server.resourceVersion === before ? quiet + 1 : 0;
      before = server.resourceVersion;
    }
  };

  return {
    server,
    clock,
    transport,
    user: kubeClient(transport, { clock, random, userAgent: 'user' }),
    async operator(options = {}) {
      const operator = startOperator({
        transport,
        clock,
        random,
        log: SILENT,
        identity: `operator-${++lives}`,
        election: undefined,
        ...options,
      });
      operators.push(operator);
      await settle();
      return operator;
    },
    rest: settle,
    async pass(milliseconds) {
      await settle();
      const end = clock.monotonic() + milliseconds;
      for (let next = clock.nextTimer(); next !== undefined && next <= end; next = clock.nextTimer()) {
        await clock.advance(Math.max(0, next - clock.monotonic()));
        await settle();
      }
      await clock.advance(end - clock.monotonic());
      await settle();
    },
    async close() {
      server.faults.clear();
      let stopped = false;
      const all = Promise.all(operators.map((operator) => operator.stop())).then(() => {
        stopped = true;
      });
      await settle();
      // calls that a fault delays still take their time
      for (let next = clock.nextTimer(); !stopped && next !== undefined; next = clock.nextTimer()) {
        await clock.advance(Math.max(0, next - clock.monotonic()));
        await settle();
      }
      await all;
      await server.close();
    },
  };
}

const QUIET_ROUNDS = 6;

const nothing = () => {};
const SILENT = process.env.DEBUG_OPERATOR
  ? { debug: console.log, info: console.log, warn: console.log, error: console.log }
  : { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The embedded server as a transport: where a connection would break, the client sees one break. */
export const transportTo =
  (server: ApiServer): Transport =>
  async (request) => {
    try {
      return await server.handle(request);
    } catch (cause) {
      if (request.signal?.aborted) throw new TransportError('aborted', 'cancelled', { cause });
      throw new TransportError('reset', 'the connection broke', { cause, mayHaveHappened: !isRead(request.method) });
    }
  };

export const aSemaphore = (
  name: string,
  spec: Partial<NewObjectOf<typeof Semaphore>['spec']> = {},
): NewObjectOf<typeof Semaphore> => ({
  apiVersion: 'sync.konductor.io/v1',
  kind: 'Semaphore',
  metadata: { name },
  spec: { permits: 1, ...spec },
});

export const aPermit = (
  name: string,
  spec: Partial<NewObjectOf<typeof Permit>['spec']> = {},
  metadata: Partial<NewObjectOf<typeof Permit>['metadata']> = {},
): NewObjectOf<typeof Permit> => ({
  apiVersion: 'sync.konductor.io/v1',
  kind: 'Permit',
  metadata: { ...metadata, name },
  spec: { semaphore: 'db', holder: name, ...spec },
});

/** What people do, in a word. */
export function hands({ user }: World) {
  const semaphores = user.of(Semaphore, NAMESPACE);
  const permits = user.of(Permit, NAMESPACE);
  return {
    semaphores,
    permits,
    phases: async () => {
      const { items } = await permits.listAll();
      return Object.fromEntries(items.map(({ metadata, status }) => [metadata.name, status?.phase ?? '-']));
    },
  };
}
