/** One thing that is wrong with an object, said so that its writer can mend it. */
export interface Problem {
  /** Where, as Kubernetes writes it: `spec.conditions[2].state`; empty for the whole object. */
  readonly field: string;
  readonly message: string;
}

export const childField = (field: string, key: string | number): string => {
  if (typeof key === 'number') return `${field}[${key}]`;
  return field ? `${field}.${key}` : key;
};
