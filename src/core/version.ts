/** resourceVersions are decimal numbers of any length; the longer is the newer. */
export function isNewerVersion(one: string, other: string): boolean {
  return one.length === other.length ? one > other : one.length > other.length;
}

export const newestVersion = (versions: readonly (string | undefined)[]): string | undefined =>
  versions.reduce<string | undefined>(
    (newest, version) => (version && (!newest || isNewerVersion(version, newest)) ? version : newest),
    undefined,
  );
