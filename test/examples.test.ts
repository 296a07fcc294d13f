import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../scripts/files.ts';
import { documentedBlocks } from './support/markdown.ts';

/** Who runs the examples of a folder, each by its name. */
const SUITES: Readonly<Record<string, readonly string[]>> = {
  // README's tour applies them as well
  kubectl: ['test/examples.real.test.ts'],
  jobs: ['test/e2e/jobs.real.test.ts'],
  pods: ['plugins/pods/pods.real.test.ts', 'plugins/pods/examples.test.ts'],
  // they are run on Argo's own controller where there is one, all that the folder has
  argo: ['plugins/argo/lint.test.ts'],
  tekton: ['test/tekton/examples.real.test.ts'],
  sdk: ['test/sdk/example-suite.ts'],
};

/** They need an engine that passes their Pods on; that they ask for what a Pod can have is checked. */
const CHECKED_ONLY = ['pods/argo.yaml', 'pods/tekton.yaml'];

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const EXAMPLES = readdirSync(join(ROOT, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: folder }) =>
    readdirSync(join(ROOT, 'examples', folder))
      .filter((file) => file !== 'README.md')
      .map((file) => ({ folder, file })),
  );

const isRun = ({ folder, file }: (typeof EXAMPLES)[number]): boolean => !CHECKED_ONLY.includes(`${folder}/${file}`);

describe('the examples', () => {
  const page = textOf('examples/README.md');

  it.each(EXAMPLES)('examples/README.md has a line for $folder/$file', ({ folder, file }) => {
    expect(page).toMatch(new RegExp(`\\[${file}\\]\\(${folder}/${file}\\)`));
  });

  it.each(EXAMPLES.filter(isRun))('$folder/$file is run by a test', ({ folder, file }) => {
    const suites = (SUITES[folder] ?? []).map(textOf).join('\n');
    const names = [file, `'${file.replace(/\.\w+$/, '')}'`];
    expect(names.some((name) => suites.includes(name))).toBe(true);
  });

  it.each(EXAMPLES)('$folder/$file says what it shows', ({ folder, file }) => {
    expect(textOf(`examples/${folder}/${file}`)).toMatch(/^(#|\/\/) \S/);
  });
});

describe('an excerpt in the documentation', () => {
  const shown = documentedBlocks().filter(({ language }) => language === 'yml');
  const lines = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  const examples = EXAMPLES.filter((example) => example.file.endsWith('.yaml') && isRun(example)).map(
    ({ folder, file }) => lines(textOf(`examples/${folder}/${file}`)),
  );
  const standsIn = (part: readonly string[], whole: readonly string[]): boolean =>
    whole.some((_, start) => part.every((line, index) => whole[start + index] === line));

  it('is in README for each engine', () => {
    expect(shown.filter(({ page }) => page === 'README.md').length).toBe(4);
  });

  it.each(shown)('at $at stands in an example', ({ text }) => {
    expect(examples.some((example) => standsIn(lines(text), example))).toBe(true);
  });
});
