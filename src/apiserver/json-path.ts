import { isObject } from './json.ts';
import { ownValue } from './own-key.ts';

/**
 * The part of JSONPath that printer columns and selectable fields use: `.a.b`, `['a']`, `[0]`, `[-1]`, `[*]`,
 * `[?(@.type=="Open")]`. Compiled once; answers every value found, and none when something is not there.
 */
export function jsonPath(text: string): (object: unknown) => readonly unknown[] {
  const steps = parse(text.replace(/^\{([\s\S]*)\}$/, '$1'));
  return (object) => steps.reduce<readonly unknown[]>((found, step) => found.flatMap(step), [object]);
}

/** A path that is none of ours to read. */
export class JsonPathError extends Error {
  constructor(path: string, at: number) {
    super(`unrecognized character in action: ${JSON.stringify(path.slice(at, at + 1))} in ${JSON.stringify(path)}`);
    this.name = 'JsonPathError';
  }
}

type Step = (value: unknown) => readonly unknown[];

const TOKENS: readonly [pattern: RegExp, step: (match: RegExpExecArray) => Step][] = [
  [/^\$/, () => (value) => [value]],
  [/^\.?\[\*\]|^\.\*/, () => everything],
  [
    /^\.?\['((?:[^'\\]|\\.)*)'\]|^\.?\["((?:[^"\\]|\\.)*)"\]/,
    ([, single, double]) => keyed(unescaped(single ?? double ?? '')),
  ],
  [/^\.?\[(-?[0-9]+)\]/, ([, index]) => indexed(Number(index))],
  [/^\.?\[\?\(\s*(@[^()]*?)\s*\)\]/, ([, condition]) => filtered(condition ?? '')],
  [/^\.((?:[^.[\]\s\\]|\\.)+)/, ([, key]) => keyed(unescaped(key ?? ''))],
  [/^((?:[^.[\]\s\\$@]|\\.)+)/, ([, key]) => keyed(unescaped(key ?? ''))],
  [/^\.$/, () => (value) => [value]],
];

function parse(text: string): readonly Step[] {
  const steps: Step[] = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const token = TOKENS.map(([pattern, step]) => ({ match: pattern.exec(rest), step })).find(({ match }) => match);
    if (!token?.match) throw new JsonPathError(text, at);
    steps.push(token.step(token.match));
    at += token.match[0].length;
  }
  return steps;
}

const unescaped = (text: string): string => text.replace(/\\(.)/g, '$1');

const keyed =
  (key: string): Step =>
  (value) => {
    const found = isObject(value) ? ownValue(value, key) : undefined;
    return found === undefined ? [] : [found];
  };

const indexed =
  (index: number): Step =>
  (value) => {
    const found = Array.isArray(value) ? value.at(index) : undefined;
    return found === undefined ? [] : [found];
  };

const everything: Step = (value) => {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value).filter((child) => child !== undefined) : [];
};

/** The items for which `@.path op literal` holds; with no operator, those that have the path. */
function filtered(condition: string): Step {
  const parts = /^@((?:[^=!<>"']|\[['"][^'"]*['"]\])*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+))?$/.exec(condition);
  if (!parts) throw new JsonPathError(condition, 0);
  const [, path = '', operator, literal] = parts;
  const read = jsonPath(path);
  const holds = operator === undefined ? () => true : comparison(operator, literalOf(literal ?? ''));
  const keeps = (item: unknown) => read(item).some(holds);
  return (value) => everything(value).filter(keeps);
}

function literalOf(text: string): unknown {
  const quoted = /^'(.*)'$|^"(.*)"$/.exec(text.trim());
  if (quoted) return quoted[1] ?? quoted[2];
  try {
    return JSON.parse(text);
  } catch {
    throw new JsonPathError(text, 0);
  }
}

function comparison(operator: string, right: unknown): (left: unknown) => boolean {
  const ordered = (left: unknown) => typeof left === typeof right;
  switch (operator) {
    case '==':
      return (left) => left === right;
    case '!=':
      return (left) => left !== right;
    case '<':
      return (left) => ordered(left) && (left as number) < (right as number);
    case '<=':
      return (left) => ordered(left) && (left as number) <= (right as number);
    case '>':
      return (left) => ordered(left) && (left as number) > (right as number);
    default:
      return (left) => ordered(left) && (left as number) >= (right as number);
  }
}
