import { stringify } from 'yaml';

/**
 * One form of YAML everywhere: no anchors, no folded lines, so that a diff shows what changed. Texts that YAML 1.1 takes
 * for something else (`y`, `on`, `1_000`) are quoted: kubectl reads 1.1.
 */
export const toYaml = (value: unknown): string =>
  stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
