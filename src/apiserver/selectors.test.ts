import { describe, expect, it } from 'vitest';
import { parseFieldSelector, parseLabelSelector, SelectorError } from './selectors.ts';

describe('a label selector', () => {
  const matching: [text: string, labels: Record<string, string> | undefined, matches: boolean][] = [
    ['', undefined, true],
    ['a=b', { a: 'b' }, true],
    ['a==b', { a: 'c' }, false],
    ['a=b', undefined, false],
    ['a!=b', { a: 'b' }, false],
    ['a!=b', {}, true],
    ['a in (b, c)', { a: 'c' }, true],
    ['a in (b,c)', {}, false],
    ['a notin (b)', { a: 'b' }, false],
    ['a notin (b)', {}, true],
    ['a', { a: '' }, true],
    ['!a', { a: '' }, false],
    ['! a', {}, true],
    ['a=', { a: '' }, true],
    ['a in (,b)', { a: '' }, true],
    ['a in ()', { a: '' }, true],
    ['a>1', { a: '2' }, true],
    ['a<1', { a: 'x' }, false],
    ['in=b', { in: 'b' }, true],
    ['notin', { notin: '' }, true],
    ['x.io/a=b,c!=d,!e', { 'x.io/a': 'b' }, true],
    ['a=b,b=c', { a: 'b' }, false],
    ['constructor', {}, false],
  ];
  it.each(matching)('%j on %j: %s', (text, labels, matches) => {
    expect(parseLabelSelector(text)(labels)).toBe(matches);
  });

  const refused: [text: string, message: string][] = [
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a=b,', "found '', expected: identifier after ','"],
    [',a=b', "found ',', expected: !, identifier, or 'end of string'"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['!a=b', "found '=', expected: ',' or 'end of string'"],
    ['a===b', "unable to parse requirement: found '=', expected: identifier"],
    ['a in (b c)', "unable to parse requirement: found 'c', expected: ',' or ')'"],
    [
      'a<',
      "unable to parse requirement: values[0]: Invalid value: \"\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
    [
      `a=${'x'.repeat(64)}`,
      `unable to parse requirement: values[0][a]: Invalid value: "${'x'.repeat(64)}": must be no more than 63 bytes`,
    ],
  ];
  it.each(refused)('%j is refused', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(new SelectorError(message));
  });

  it.each(['-a=b', 'a=-b', 'x/y/z=b', 'X.Y_/a=b', '@'])('%j names no label', (text) => {
    expect(() => parseLabelSelector(text)).toThrow(
      /^unable to parse requirement: .*Invalid value: .*regex used for validation is/,
    );
  });
});

describe('a field selector', () => {
  const object = { metadata: { name: 'w', namespace: 'default' }, spec: { str: 'a,b', flag: true } };
  const matching: [text: string, matches: boolean][] = [
    ['', true],
    ['metadata.name=w', true],
    ['metadata.name==w,metadata.namespace=default', true],
    ['metadata.name!=w', false],
    ['metadata.name=w,', true],
    [',metadata.name=w', true],
    ['spec.str=a\\,b', true],
    ['spec.flag=true', true],
    ['spec.none=', true],
    ['spec.none!=x', true],
  ];
  it.each(matching)('%j: %s', (text, matches) => {
    expect(parseFieldSelector(text, ['spec.str', 'spec.flag', 'spec.none'])(object)).toBe(matches);
  });

  const refused: [text: string, message: string][] = [
    ['spec.foo=1', 'field label not supported: spec.foo'],
    ['=x', 'field label not supported: '],
    [' metadata.name=w', 'field label not supported:  metadata.name'],
    ['metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    ['spec.str=a\\b', 'invalid field selector: invalid escape sequence: \\b'],
    ['spec.str=a=b', 'invalid field selector: unescaped character in value: 61'],
  ];
  it.each(refused)('%j is refused', (text, message) => {
    expect(() => parseFieldSelector(text, ['spec.str'])).toThrow(new SelectorError(message));
  });
});
