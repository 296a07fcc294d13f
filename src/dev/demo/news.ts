import type { Condition } from '../../api/condition.ts';
import type { KubeObject } from '../../api/metadata.ts';

/** What people are told of a change that the server made known; undefined: nothing worth a line. */
export function newsOf(old: Seen | undefined, object: Seen | undefined): string | undefined {
  const subject = object ?? old;
  if (!subject) return undefined;
  if (subject.kind === 'Barrier') return barrierNews(old, object);
  if (subject.kind === 'Permit' || subject.kind === 'LeaseRequest') return claimNews(old, object);
  return undefined;
}

export interface Seen extends KubeObject {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly phase?: string;
    readonly token?: number;
    readonly conditions?: readonly Condition[];
  };
}

function claimNews(old: Seen | undefined, object: Seen | undefined): string | undefined {
  const claim = (object ?? old) as Seen;
  const holder = String(claim.spec?.['holder']);
  const what = wantedBy(claim);
  const before = old?.status?.phase;
  const phase = object?.status?.phase;
  if (!object) return before === 'Granted' ? `${holder} lets go of ${what}` : undefined;
  if (isAsked(object) && !isAsked(old)) return `${holder} is asked to let go of ${what}: a higher priority waits`;
  if (phase === before) return undefined;
  switch (phase) {
    case 'Granted':
      return `${holder} holds ${what}, token ${object.status?.token}`;
    case 'Expired':
    case 'Lost':
      return `${holder} lost ${what}: ${whyOf(object)}`;
    case 'Denied':
      return `${holder} is denied ${what}: ${whyOf(object)}`;
    default:
      return undefined;
  }
}

function wantedBy({ kind, spec }: Seen): string {
  if (kind === 'LeaseRequest') return `the lease ${spec?.['lease']}`;
  const weight = Number(spec?.['weight'] ?? 1);
  return `${weight === 1 ? 'a permit' : `${weight} permits`} of ${spec?.['semaphore']}`;
}

const whyOf = ({ status }: Seen): string =>
  status?.conditions?.find(({ type }) => type === 'Granted')?.message ?? 'it does not say why';

const isAsked = (claim: Seen | undefined): boolean =>
  claim?.status?.conditions?.some(({ type, status }) => type === 'RevocationRequested' && status === 'True') ?? false;

function barrierNews(old: Seen | undefined, object: Seen | undefined): string | undefined {
  if (object?.status?.phase !== 'Open' || old?.status?.phase === 'Open') return undefined;
  const said = object.status.conditions?.find(({ type }) => type === 'Open')?.message;
  return `the barrier ${object.metadata.name} is open: ${said}`;
}
