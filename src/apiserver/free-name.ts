import type { Call, Machine } from './call.ts';
import { keyOf } from './store.ts';

/** For an object that gives only the beginning of its name. */
export function freeName({ random }: Machine, { resource, path }: Call, prefix: string): string {
  if (!prefix) return '';
  for (let attempt = 0; ; attempt++) {
    let name = prefix.slice(0, LONGEST_PREFIX);
    for (let index = 0; index < SUFFIX; index++) name += ALPHABET[Math.floor(random() * ALPHABET.length)];
    const taken = resource.collection.get(keyOf(resource.type, path.namespace, name)) !== undefined;
    if (!taken || attempt === ATTEMPTS) return name;
  }
}

const SUFFIX = 5;
const LONGEST_PREFIX = 63 - SUFFIX;
const ATTEMPTS = 8;
/** No vowels: no words. No digits that look like letters. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
