import { API_VERSION } from '../../api/group.ts';
import { KINDS } from '../../api/kinds.ts';
import type { Call } from '../call.ts';
import { missingKinds, operatorStatus, USUAL_PLACE } from '../installed.ts';
import { isDocument, printDocument } from '../print/document.ts';
import { tableOf } from '../print/table.ts';
import type { VersionFlags } from './system.ts';

/** Whoever asks what is installed does not want to wait for a server that does not answer. */
const PATIENCE = 3_000;

/** The client always; the rest as far as the server tells. */
export async function version(client: string, call: Call<VersionFlags>): Promise<void> {
  const { context, options, flags } = call;
  const installed = options.client ? {} : await installedIn(call);
  if (isDocument(flags.output)) {
    return printDocument(context.stdout, flags.output, { client: { version: client, api: API_VERSION }, ...installed });
  }
  const { server, operator, missing, failure } = installed;
  const rows = [
    ...(server === undefined ? [] : [['Server:', server]]),
    ...(failure === undefined ? [] : [['Cluster:', failure]]),
    ...(missing === undefined ? [] : [['CRDs:', sayMissing(missing)]]),
    ...(operator === undefined ? [] : [['Operator:', operator === null ? 'not found' : sayOperator(operator)]]),
  ];
  context.stdout.write(tableOf(['Client:', `${client} (${API_VERSION})`], rows));
}

interface Installed {
  readonly server?: string;
  readonly missing?: readonly string[];
  readonly operator?: Awaited<ReturnType<typeof operatorStatus>> | null;
  /** Why not more is known. */
  readonly failure?: string;
}

async function installedIn({ context, open }: Call<VersionFlags>): Promise<Installed> {
  const { clock, signal } = context;
  const impatience = new AbortController();
  const timer = clock.after(PATIENCE, () => impatience.abort(new Error('no answer')));
  const either = AbortSignal.any([signal, impatience.signal]);
  try {
    const { kube, server } = await open();
    const missing = await missingKinds(kube, either).catch(reasonOf);
    if (typeof missing === 'string') return { server, failure: `not reachable: ${missing}` };
    // reading the operator's namespace is a right not everybody has
    const operator = await operatorStatus(kube, USUAL_PLACE, clock.now(), either).catch(() => undefined);
    return { server, missing, operator: operator ?? null };
  } catch (error) {
    return { failure: reasonOf(error) };
  } finally {
    timer.cancel();
    signal.throwIfAborted();
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const sayMissing = (missing: readonly string[]): string =>
  missing.length === 0
    ? `all ${KINDS.length} installed`
    : `${missing.length === KINDS.length ? 'none' : `${KINDS.length - missing.length} of ${KINDS.length}`} installed, missing: ${missing.join(', ')}`;

function sayOperator({ image, ready, wanted, leader }: NonNullable<Installed['operator']>): string {
  const replicas = image === undefined ? undefined : `${image}, ${ready} of ${wanted} ready`;
  return [replicas, leader && `${leader} decides`].filter(Boolean).join(', ');
}
