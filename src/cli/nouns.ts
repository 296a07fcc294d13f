/** What the command line speaks about, with the other names that are understood for it. */
export const NOUNS = {
  semaphore: ['ksem', 'semaphores', 'sem'],
  barrier: ['kbar', 'barriers'],
  lease: ['klease', 'leases'],
  gate: ['kgate', 'gates'],
} as const;

export type Noun = keyof typeof NOUNS;

/** By any of its names. */
export const nounOf = (word: string): Noun | undefined =>
  (Object.keys(NOUNS) as Noun[]).find((noun) => noun === word || (NOUNS[noun] as readonly string[]).includes(word));
