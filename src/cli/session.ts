import type { OwnerReference } from '../api/metadata.ts';
import type { KubeClient } from '../kube/client.ts';
import { Client } from '../sdk/client.ts';
import { holderName, podAround } from '../sdk/identity.ts';
import type { CliContext } from './context.ts';
import type { Flags } from './flags.ts';

/** An API server that answers, and the SDK on it. */
export interface Session {
  readonly client: Client;
  readonly kube: KubeClient;
  /** Where to look; undefined: everywhere. */
  readonly scope: string | undefined;
  /** Where a name that is given stands. */
  readonly namespace: string;
  readonly server: string;
  /** Who holds and arrives when nobody says who. */
  readonly holder: string;
  /** The Pod this runs in, when claims in this namespace can belong to it. */
  readonly pod: OwnerReference | undefined;
  close(): Promise<void>;
}

export async function openSession(context: CliContext, flags: Flags): Promise<Session> {
  const { environment, clock, random } = context;
  const { kube, namespace, server, close } = await context.connect(connectionOf(context, flags));
  const around = await podAround(environment, server);
  const pod = around?.namespace === namespace ? around.reference : undefined;
  const holder = holderName(environment.variables, around);
  const client = new Client({ kube, namespace, holder, owner: pod ?? null, environment, clock, random });
  return {
    client,
    kube,
    namespace,
    scope: flags.allNamespaces ? undefined : namespace,
    server,
    holder,
    pod,
    async close() {
      await client.close();
      await close();
    },
  };
}

function connectionOf({ stderr }: CliContext, flags: Flags) {
  const { allNamespaces: _, output: __, selector: ___, watch: ____, logLevel, ...connection } = flags;
  return { ...connection, onCall: logLevel === 'debug' ? (line: string) => stderr.write(`${line}\n`) : undefined };
}
