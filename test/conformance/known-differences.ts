/**
 * What the embedded server does otherwise, and why: `topic: promise` and the reason. A promise on this list must fail
 * there, so that nothing stays on it by mistake.
 */
export const KNOWN_DIFFERENCES: ReadonlyMap<string, string> = new Map([]);
