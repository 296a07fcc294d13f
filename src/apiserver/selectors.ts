import { labelKeyProblem, labelValueProblem } from './label-syntax.ts';

export type Labels = Readonly<Record<string, string>>;

/** `app=db,tier notin (test),!old`: whether labels are what was asked for. */
export function parseLabelSelector(text: string): (labels: Labels | undefined) => boolean {
  const requirements = parseRequirements(tokens(text));
  return (labels = {}) => requirements.every((holds) => holds(labels));
}

/** `metadata.name=db,spec.semaphore!=x`: besides name and namespace, the supported fields may be named. */
export function parseFieldSelector(
  text: string,
  supported: readonly string[],
  sayUnsupported = (field: string) => `field label not supported: ${field}`,
): (object: object) => boolean {
  const terms = splitTerms(text).map((term) => parseTerm(term, text, supported, sayUnsupported));
  return (object) => terms.every((holds) => holds(object));
}

/** A selector that means nothing: the answer is a 400 with this message. */
export class SelectorError extends Error {
  readonly status = 400;

  constructor(message: string) {
    super(message);
    this.name = 'SelectorError';
  }
}

type Requirement = (labels: Labels) => boolean;

/** A cursor over the words and signs; beyond the end it is the empty text. */
interface Tokens {
  peek(): string;
  take(): string;
}

function tokens(text: string): Tokens {
  const found = text.match(/==|!=|[=!(),<>]|[^\s=!(),<>]+/g) ?? [];
  let next = 0;
  return { peek: () => found[next] ?? '', take: () => found[next++] ?? '' };
}

const isWord = (token: string): boolean => /^[^\s=!(),<>]/.test(token);

function parseRequirements(input: Tokens): readonly Requirement[] {
  const requirements: Requirement[] = [];
  if (input.peek() === '') return requirements;
  for (;;) {
    if (!isWord(input.peek()) && input.peek() !== '!') {
      const expected = requirements.length > 0 ? "identifier after ','" : "!, identifier, or 'end of string'";
      throw unexpected(input.peek(), expected);
    }
    requirements.push(parseRequirement(input));
    const after = input.take();
    if (after === '') return requirements;
    if (after !== ',') throw unexpected(after, "',' or 'end of string'");
  }
}

function parseRequirement(input: Tokens): Requirement {
  const absent = input.peek() === '!';
  if (absent) input.take();
  const key = input.take();
  if (!isWord(key)) throw unparsable(`found '${key}', expected: identifier`);
  const problem = labelKeyProblem(key);
  if (problem) throw unparsable(`<nil>: Invalid value: ${JSON.stringify(key)}: ${problem}`);
  if (absent) return (labels) => !Object.hasOwn(labels, key);
  if (input.peek() === '' || input.peek() === ',') return (labels) => Object.hasOwn(labels, key);

  const operator = input.take();
  switch (operator) {
    case '=':
    case '==':
      return oneOf(key, [exactValue(input)]);
    case '!=':
      return not(oneOf(key, [exactValue(input)]));
    case 'in':
      return oneOf(key, valueList(input));
    case 'notin':
      return not(oneOf(key, valueList(input)));
    case '>':
    case '<':
      return compared(key, operator, exactValue(input));
    default:
      throw unparsable(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
  }
}

const not =
  (requirement: Requirement): Requirement =>
  (labels) =>
    !requirement(labels);

function oneOf(key: string, values: readonly string[]): Requirement {
  const allowed = new Set(values);
  [...allowed].sort().forEach((value, index) => {
    const problem = labelValueProblem(value);
    if (problem) throw unparsable(`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${problem}`);
  });
  return (labels) => Object.hasOwn(labels, key) && allowed.has(labels[key] as string);
}

function compared(key: string, operator: '>' | '<', value: string): Requirement {
  if (!isInteger(value)) {
    throw unparsable(
      `values[0]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  return (labels) => {
    const label = Object.hasOwn(labels, key) ? (labels[key] as string) : '';
    if (!isInteger(label)) return false;
    return operator === '>' ? BigInt(label) > BigInt(value) : BigInt(label) < BigInt(value);
  };
}

const isInteger = (text: string): boolean => /^[+-]?[0-9]+$/.test(text);

function exactValue(input: Tokens): string {
  if (input.peek() === '' || input.peek() === ',') return '';
  const value = input.take();
  if (!isWord(value)) throw unparsable(`found '${value}', expected: identifier`);
  return value;
}

/** Between two commas, and beside one, stands the empty value. */
function valueList(input: Tokens): readonly string[] {
  const open = input.take();
  if (open !== '(') throw unparsable(`found '${open}' expected: '('`);
  const values: string[] = [];
  let word = '';
  for (;;) {
    const token = input.take();
    if (token === ',' || token === ')') {
      values.push(word);
      word = '';
      if (token === ')') return values;
    } else if (!isWord(token) || word !== '') {
      const afterValue = word !== '' ? "',' or ')'" : "',', ')' or identifier";
      throw unparsable(`found '${token}', expected: ${afterValue}`);
    } else {
      word = token;
    }
  }
}

const unexpected = (found: string, expected: string): SelectorError =>
  new SelectorError(`found '${found}', expected: ${expected}`);
const unparsable = (why: string): SelectorError => new SelectorError(`unable to parse requirement: ${why}`);

/** Commas part the terms, unless a backslash stands before them. */
const splitTerms = (text: string): readonly string[] => (text.match(/(?:\\[\s\S]?|[^,\\])+/g) ?? []) as string[];

function parseTerm(
  term: string,
  whole: string,
  supported: readonly string[],
  sayUnsupported: (field: string) => string,
): (object: object) => boolean {
  const parts = /^([^=!]*(?:!(?!=)[^=!]*)*)(!=|==|=)([\s\S]*)$/.exec(term);
  if (!parts) throw new SelectorError(`invalid selector: '${whole}'; can't understand '${term}'`);
  const [, field = '', operator, rawValue = ''] = parts;
  const value = unescapeValue(rawValue);
  if (!ALWAYS_SUPPORTED.includes(field) && !supported.includes(field)) {
    throw new SelectorError(sayUnsupported(field));
  }
  const path = field.split('.');
  return (object) => (textAt(object, path) === value) === (operator !== '!=');
}

const ALWAYS_SUPPORTED = ['metadata.name', 'metadata.namespace'];

function unescapeValue(raw: string): string {
  return raw.replace(/\\([\s\S]?)|([,=])/g, (match, escaped: string | undefined, bare: string | undefined) => {
    if (bare) throw new SelectorError(`invalid field selector: unescaped character in value: ${bare.charCodeAt(0)}`);
    if (escaped === '\\' || escaped === ',' || escaped === '=') return escaped;
    throw new SelectorError(`invalid field selector: invalid escape sequence: ${match}`);
  });
}

/** A field that is not there is the empty text. */
function textAt(object: object, path: readonly string[]): string {
  let value: unknown = object;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return '';
    value = (value as Record<string, unknown>)[key];
  }
  return value === null || value === undefined ? '' : String(value);
}
