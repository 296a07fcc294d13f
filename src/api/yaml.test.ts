import { describe, expect, it } from 'vitest';
import { toYaml } from './yaml.ts';

describe('our YAML', () => {
  it.each(['y', 'no', 'on', '1_000', '0777', '2026-01-01', 'null', '~'])(
    'keeps the text %s a text for kubectl',
    (text) => {
      expect(toYaml({ name: text })).toBe(`name: "${text}"\n`);
    },
  );

  it('leaves plain words plain', () => {
    expect(toYaml({ name: 'db', permits: 5 })).toBe('name: db\npermits: 5\n');
  });
});
