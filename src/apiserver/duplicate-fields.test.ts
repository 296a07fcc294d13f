import { describe, expect, it } from 'vitest';
import { duplicateFields } from './duplicate-fields.ts';

describe('fields given twice in a text', () => {
  it.each<{ text: string; found: string[] }>([
    { text: '{"a":1,"b":{"a":2}}', found: [] },
    { text: '{"a":1,"a":2,"a":3}', found: ['a', 'a'] },
    { text: '{"spec":{"permits":1,"permits":2}}', found: ['spec.permits'] },
    { text: '{"l":[{"x":1},{"x":1,"x":2}]}', found: ['l[1].x'] },
    { text: '{"a":"\\"a\\":{,","b":"}"}', found: [] },
    { text: '{"a\\u0062":1,"ab":2}', found: ['ab'] },
    { text: '[{"op":"add"},{"op":"add"}]', found: [] },
    { text: 'a: 1\na: 2\n', found: [] },
  ])('$text', ({ text, found }) => {
    expect(duplicateFields(text)).toEqual(found);
  });
});
