import { fileURLToPath } from 'node:url';

/** The repository: files of mutants and killers are named from here. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
