import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentedBlocks } from '../support/markdown.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples/jobs');
const FILES = readdirSync(EXAMPLES);

describe('what is said about Jobs', () => {
  const suite = readFileSync(join(import.meta.dirname, 'jobs.real.test.ts'), 'utf8');
  const shown = documentedBlocks().filter(({ at, language }) => at.startsWith('docs/jobs.md') && language === 'yaml');
  const examples = FILES.map((file) => readFileSync(join(EXAMPLES, file), 'utf8'));

  it('shows manifests', () => {
    expect(shown.length).toBeGreaterThan(3);
  });

  it.each(shown)('shows at $at what is an example', ({ text }) => {
    expect(examples.some((example) => example.includes(text))).toBe(true);
  });

  it.each(FILES)('is run on the real control plane: %s', (file) => {
    expect(suite).toContain(`'${file}'`);
  });
});
