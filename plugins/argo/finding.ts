/** Something in a manifest that Argo would stumble over, said so that its writer can mend it. */
export interface Finding {
  /** It crashes the controller, fails as soon as it runs, hangs for ever, collides with another step, or is not run at all. */
  readonly effect: 'crashes' | 'fails' | 'hangs' | 'collides' | 'skips';
  /** `Workflow/nightly`. */
  readonly object: string;
  /** `spec.templates[0].plugin`. */
  readonly field: string;
  readonly message: string;
}

/** Before it is said of which object. */
export type Found = Omit<Finding, 'object'>;

/** A manifest that nobody has checked. */
export type Fields = Readonly<Record<string, unknown>>;

export const asFields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
