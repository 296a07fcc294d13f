/** Fields that a JSON text gives twice, `spec.permits`; JSON.parse keeps the last and says nothing. */
export function duplicateFields(text: string): readonly string[] {
  if (!/^\s*\{/.test(text)) return [];
  const found: string[] = [];
  const open: Level[] = [];
  for (const [token] of text.matchAll(TOKENS)) {
    const level = open.at(-1);
    if (token === '{' || token === '[')
      open.push({ isObject: token === '{', keys: new Set(), at: placeIn(level), awaits: 'key' });
    else if (token === '}' || token === ']') open.pop();
    else if (token === ',' && level) {
      level.awaits = 'key';
      level.index = (level.index ?? 0) + 1;
    } else if (token === ':' && level) level.awaits = 'value';
    else if (level?.isObject && level.awaits === 'key') {
      level.key = JSON.parse(token) as string;
      if (level.keys.has(level.key)) found.push(placeIn(level));
      level.keys.add(level.key);
    }
  }
  return found;
}

interface Level {
  readonly isObject: boolean;
  readonly keys: Set<string>;
  readonly at: string;
  awaits: 'key' | 'value';
  key?: string;
  index?: number;
}

/** Numbers and words stand between signs, and tell nothing here. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

function placeIn(level: Level | undefined): string {
  if (!level) return '';
  if (!level.isObject) return `${level.at}[${level.index ?? 0}]`;
  return level.at ? `${level.at}.${level.key}` : (level.key ?? '');
}
