import { Gate } from '../api/gate.ts';
import { GateFailedError, TimeoutError, UnavailableError } from './errors.ts';
import type { Place, WaitOptions } from './options.ts';
import { updateObject } from './resources.ts';
import type { Session } from './session.ts';
import { waitFor } from './wait-for.ts';
import { NO_OPERATOR } from './waiting.ts';

export const isOpen = ({ status }: Gate): boolean => status?.phase === 'Open';

export async function waitGate(session: Session, name: string, options: WaitOptions): Promise<void> {
  await waitFor({
    session,
    kind: Gate,
    name,
    options,
    look(gate) {
      if (gate.status?.phase !== 'Failed') return isOpen(gate) || undefined;
      throw new GateFailedError(
        `gate "${name}" failed: its conditions were not met within ${gate.spec.timeout} (${sayUnmet(gate)}); delete it and make it anew to wait again`,
      );
    },
    say: sayUnmet,
  });
}

/** Opens or closes by hand, and waits a moment for the operator to have followed. */
export async function setOpen(session: Session, name: string, phase: 'Open' | 'Waiting', place: Place): Promise<void> {
  const { metadata } = await updateObject(session, Gate, name, { open: phase === 'Open' }, place);
  const { generation = 0 } = metadata;
  try {
    await waitFor({
      session,
      kind: Gate,
      name,
      options: { ...place, timeout: FOLLOWS_WITHIN },
      look: ({ status }) => (status?.phase === phase && (status.observedGeneration ?? 0) >= generation) || undefined,
      say: sayUnmet,
    });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    const wanted = phase === 'Open' ? 'open' : 'closed';
    throw new UnavailableError(`gate "${name}" is to be ${wanted}, but ${NO_OPERATOR}`, { cause: error });
  }
}

/** Seconds. */
const FOLLOWS_WITHIN = 5;

function sayUnmet({ spec, status }: Gate): string {
  if (spec.conditions.length === 0) return 'it is opened by hand';
  const unmet = status?.conditionStatuses?.filter(({ met }) => !met) ?? [];
  if (unmet.length === 0) return status ? 'all conditions are met' : NO_OPERATOR;
  return unmet
    .map(({ type, name, message }) => `${type} ${name}${message ? `: ${message}` : ' is not met'}`)
    .join('; ');
}
