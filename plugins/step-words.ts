import type { FailReason, Outputs, Reply, Step, WaitReason } from './step.ts';

const NO_OUTPUTS: Outputs = {
  token: '',
  holder: '',
  acquiredAt: '',
  expiresAt: '',
  claim: '',
  openedAt: '',
  arrived: '',
  generation: '',
};

/** All outputs, those that are known filled in. */
export const outputsOf = (known: { readonly [Name in keyof Outputs]?: string | number | undefined }): Outputs => ({
  ...NO_OUTPUTS,
  ...Object.fromEntries(Object.entries(known).map(([name, value]) => [name, value === undefined ? '' : String(value)])),
});

/** `semaphore "db"`, and where it is when that is elsewhere. */
export function sayResource({ resource: { kind, name, namespace }, namespace: own }: Step): string {
  const where = namespace === own ? '' : ` of namespace "${namespace}"`;
  return `${kind.toLowerCase()} "${name}"${where}`;
}

export const waiting = (reason: WaitReason, message: string, lookAgainAt?: number): Reply => ({
  is: 'waiting',
  reason,
  message,
  ...(lookAgainAt !== undefined && { lookAgainAt }),
});

export const succeeded = (known: Parameters<typeof outputsOf>[0], message: string): Reply => ({
  is: 'succeeded',
  outputs: outputsOf(known),
  message,
});

export const failed = (reason: FailReason, message: string): Reply => ({ is: 'failed', reason, message });

export const sayMissing = (step: Step): string => `${sayResource(step)} does not exist yet`;
