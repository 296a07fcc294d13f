import type { Hold } from './hold.ts';

const permits = new WeakMap<object, Hold>();

/** The permit under which a request is answered or a connection is used: for its `token` and its `signal`. */
export const permitOf = (user: object): Hold | undefined => permits.get(user);

export const usesPermit = (user: object, permit: Hold): void => {
  permits.set(user, permit);
};
