export const LONG_NAME = 'a'.repeat(253);
export const T1 = '2026-01-01T00:00:00.000001Z';
export const T2 = '2026-01-01T00:00:00.000002Z';
export const CONDITION = { type: 'Ready', status: 'True', reason: 'Because', message: '', lastTransitionTime: T1 };
export const INTENT = {
  claim: 'c',
  namespace: 'n',
  uid: 'u',
  holder: 'h',
  token: 1,
  acquiredAt: T1,
  expiresAt: T2,
  weight: 1,
};
export const REFUSAL = { claim: 'c', namespace: 'n', uid: 'u', reason: 'TimedOut' };
