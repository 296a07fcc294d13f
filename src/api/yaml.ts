import { stringify } from 'yaml';

/** One form of YAML everywhere: no anchors, no folded lines, so that a diff shows what changed. */
export const toYaml = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
