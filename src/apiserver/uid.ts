import { randomUUID } from 'node:crypto';

/** Makes uids in the form of RFC 9562, version 4; repeatable when the randomness is given. */
export function uidMaker(random: (() => number) | undefined): () => string {
  if (!random) return randomUUID;
  const word = () => Math.floor(random() * 2 ** 32);
  const hex = (value: number) => (value >>> 0).toString(16).padStart(8, '0');
  return () => {
    const a = hex(word());
    const b = hex((word() & 0xffff0fff) | 0x4000);
    const c = hex((word() & 0x3fffffff) | 0x80000000);
    return `${a}-${b.slice(0, 4)}-${b.slice(4)}-${c.slice(0, 4)}-${c.slice(4)}${hex(word())}`;
  };
}
