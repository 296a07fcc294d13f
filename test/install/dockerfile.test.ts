import { describe, expect, it } from 'vitest';
import { ignores, readDockerfile } from './dockerfile.ts';

const stages = readDockerfile();
const [build, final] = [stages[0], stages.at(-1)];
const all = stages.flatMap(({ instructions }) => instructions);
const textOf = (is: string, stage = final) =>
  stage?.instructions.filter((one) => one.is === is).map(({ text }) => text);

describe('the Dockerfile', () => {
  it('has two stages, and the last one starts from nothing', () => {
    expect(stages.map(({ base }) => base)).toEqual([expect.stringContaining('node:'), 'scratch']);
  });

  it('names no registry, and no machine', () => {
    for (const { base } of stages) expect(base).not.toMatch(/[.:].*\//);
    const words = all.map(({ text }) => text).join('\n');
    expect(words).not.toMatch(/x86_64|amd64|aarch64|arm64|--platform|https?:/);
  });

  it('runs as a user that is not root, by its number: Kubernetes cannot know who a name is', () => {
    expect(textOf('USER')).toEqual(['65532:65532']);
  });

  it('takes signals itself: no shell stands between', () => {
    expect(textOf('ENTRYPOINT')?.map((text) => JSON.parse(text))).toEqual([
      ['/usr/local/bin/node', '/konductor/konductor.js'],
    ]);
    expect(textOf('CMD')?.map((text) => JSON.parse(text))).toEqual([['--help']]);
  });

  it('says what it is, under which licence', () => {
    for (const label of ['title', 'description', 'licenses'])
      expect(textOf('LABEL')?.join(' ')).toContain(`org.opencontainers.image.${label}=`);
  });

  it('runs nothing in the last stage, adds no archive, keeps no secret', () => {
    expect(textOf('RUN')).toEqual([]);
    expect(all.map(({ is }) => is)).not.toContain('ADD');
    expect(all.map(({ text }) => text).join('\n')).not.toMatch(/token|password|secret/i);
  });

  it('installs what the lock file says, before the sources are there', () => {
    const steps = build?.instructions.map(({ is, text }) => `${is} ${text}`) ?? [];
    const install = steps.indexOf('RUN npm ci --ignore-scripts');
    expect(install).toBeGreaterThan(-1);
    expect(steps.indexOf('COPY . .')).toBeGreaterThan(install);
  });

  it.each([
    ['node_modules/zod/index.js', true],
    ['.git/config', true],
    ['.env', true],
    ['dist/koncli.js', true],
    ['test/install/chart.ts', true],
    ['src/kube/client.test.ts', true],
    ['operator/chart/values.yaml', true],
    ['src/kube/client.ts', false],
    ['operator/program.ts', false],
    ['package.json', false],
  ])('its context: %s is left out: %s', (path, left) => {
    expect(ignores(path)).toBe(left);
  });
});
