import type { KubeObject } from '../src/api/metadata.ts';

/** The versions of resources whose swaps the claims in the cache are known to have caught up with. */
export class TrustedVersions {
  readonly #versions = new Map<string, string>();

  has({ metadata }: KubeObject): boolean {
    return this.#versions.get(metadata.uid) === metadata.resourceVersion;
  }

  add({ metadata }: KubeObject): void {
    this.#versions.set(metadata.uid, metadata.resourceVersion);
  }

  forget({ metadata }: KubeObject): void {
    this.#versions.delete(metadata.uid);
  }
}
