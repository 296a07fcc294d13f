import type { StructuralSchema } from '../api/structural.ts';
import { both, type Check, type Failure, fail, failNowhere, shown } from './failure.ts';
import { STRING_FORMATS } from './formats.ts';

/** The JSON type, with the oddities of a real server where a format is given. */
export function typeCheck(schema: StructuralSchema): Check | undefined {
  const { type, format, nullable } = schema;
  const types: readonly string[] = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : type ? [type] : [];
  if (types.length === 0) return undefined;
  const isNumeric = types.includes('number') || types.includes('integer');
  return (value) => {
    const found = typeOf(value);
    if (types.includes(found) || (found === 'integer' && types.includes('number')) || (value === null && nullable))
      return undefined;
    if (format && value !== null && !isNumeric && (found === 'string' || found === 'array')) return undefined;
    // a real server then names the formats in place of the types
    if (format && value !== null && found !== 'string' && found !== 'array')
      return [wrongType(format, goFormat(found))];
    return [wrongType(types.join(','), found)];
  };
}

/** Bounds on texts and numbers, patterns and formats. */
export function scalarChecks(schema: StructuralSchema): readonly (Check | undefined)[] {
  return [textCheck(schema), formatCheck(schema), numberCheck(schema)];
}

const wrongType = (wanted: string, found: string): Failure =>
  fail((field) => `Invalid value: "${found}": ${inBody(field)} must be of type ${wanted}: "${found}"`);

const inBody = (field: string): string => `${field} in body`;

export function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value !== 'number') return typeof value;
  return Number.isInteger(value) && Math.abs(value) < INT64_LIMIT ? 'integer' : 'number';
}

const INT64_LIMIT = 2 ** 63;
const INT32_LIMIT = 2 ** 31;

const goFormat = (type: string): string => ({ integer: 'int64', number: 'float64' })[type] ?? '';

/** The first of what is wrong with a text: too long, too short, of another form. */
function textCheck({ maxLength, minLength, pattern }: StructuralSchema): Check | undefined {
  if (maxLength === undefined && minLength === undefined && pattern === undefined) return undefined;
  const form = pattern === undefined ? undefined : regexOf(pattern);
  return (value) => {
    if (typeof value !== 'string') return undefined;
    // no text has more characters than code units: most need no counting
    if (maxLength !== undefined && value.length > maxLength && lengthOf(value) > maxLength) {
      return [fail(() => `Too long: may not be more than ${maxLength} bytes`)];
    }
    if (minLength !== undefined && lengthOf(value) < minLength) {
      return [
        fail((field) => `Invalid value: ${shown(value)}: ${inBody(field)} should be at least ${minLength} chars long`),
      ];
    }
    if (form && !form.test(value)) {
      return [fail((field) => `Invalid value: ${shown(value)}: ${inBody(field)} should match '${pattern}'`)];
    }
    return undefined;
  };
}

function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

/** Go's regular expressions are nearly ours; one that is not ours at all is not checked. */
function regexOf(pattern: string): RegExp | undefined {
  const [, flags = '', body = ''] = /^(?:\(\?([ims]+)\))?([\s\S]*)$/.exec(pattern) ?? [];
  const source = body.replaceAll('\\A', '^').replaceAll('\\z', '$').replaceAll('(?P<', '(?<');
  for (const mode of ['u', '']) {
    try {
      return new RegExp(source, flags + mode);
    } catch {
      // the stricter reading refuses escapes that Go allows
    }
  }
  return undefined;
}

function formatCheck({ format }: StructuralSchema): Check | undefined {
  const holds = format === undefined ? undefined : STRING_FORMATS.get(format);
  if (!holds) return undefined;
  return (value) => {
    if (typeof value !== 'string' || holds(value)) return undefined;
    return [
      fail((field) => `Invalid value: ${shown(value)}: ${inBody(field)} must be of type ${format}: ${shown(value)}`),
    ];
  };
}

function numberCheck(schema: StructuralSchema): Check | undefined {
  const checks = [rangeOfType(schema), multipleCheck(schema), maximumCheck(schema), minimumCheck(schema)];
  const present = checks.filter((check) => check !== undefined);
  if (present.length === 0) return undefined;
  return (value) => {
    if (typeof value !== 'number') return undefined;
    let failures: Failure[] | undefined;
    for (const check of present) failures = both(failures, check(value));
    return failures;
  };
}

type NumberCheck = (value: number) => Failure[] | undefined;

function rangeOfType({ type, format }: StructuralSchema): NumberCheck | undefined {
  if (type !== 'integer') return undefined;
  const limit = format === 'int32' ? INT32_LIMIT : INT64_LIMIT;
  const as = format === 'int32' || format === 'int64' ? `with format ${format}` : '(default format)';
  return (value) => {
    if (Number.isInteger(value) && value < limit && value >= -limit) return undefined;
    return [failNowhere((field) => `Invalid value: "": Checked value must be of type integer ${as} in ${field}`)];
  };
}

function multipleCheck({ multipleOf }: StructuralSchema): NumberCheck | undefined {
  if (multipleOf === undefined) return undefined;
  return (value) => {
    if (Number.isInteger(value / multipleOf)) return undefined;
    return [fail((field) => `Invalid value: ${shown(value)}: ${inBody(field)} should be a multiple of ${multipleOf}`)];
  };
}

function maximumCheck({ maximum, exclusiveMaximum }: StructuralSchema): NumberCheck | undefined {
  if (maximum === undefined) return undefined;
  const bound = exclusiveMaximum ? 'less than' : 'less than or equal to';
  return (value) => {
    if (exclusiveMaximum ? value < maximum : value <= maximum) return undefined;
    return [
      fail(
        (field) => `Invalid value: ${shown(value)}: ${inBody(field)} should be ${bound} ${boundFor(value, maximum)}`,
      ),
    ];
  };
}

function minimumCheck({ minimum, exclusiveMinimum }: StructuralSchema): NumberCheck | undefined {
  if (minimum === undefined) return undefined;
  const bound = exclusiveMinimum ? 'greater than' : 'greater than or equal to';
  return (value) => {
    if (exclusiveMinimum ? value > minimum : value >= minimum) return undefined;
    return [
      fail(
        (field) => `Invalid value: ${shown(value)}: ${inBody(field)} should be ${bound} ${boundFor(value, minimum)}`,
      ),
    ];
  };
}

/** A real server compares an integer with a whole bound, and says so. */
const boundFor = (value: number, bound: number): number => (Number.isInteger(value) ? Math.trunc(bound) : bound);
