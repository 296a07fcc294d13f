import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, '.github/workflows');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly steps: readonly Step[];
        readonly needs?: string;
        readonly 'timeout-minutes'?: number;
        readonly permissions?: Readonly<Record<string, string>>;
      }
    >
  >;
}

const read = (file: string) => parse(readFileSync(join(FOLDER, file), 'utf8')) as Workflow;
const workflows = readdirSync(FOLDER).map((file) => ({ file, workflow: read(file) }));
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);

describe.each(workflows)('$file', ({ file, workflow }) => {
  const steps = stepsOf(workflow);

  it('takes every action at a commit, which no tag can move, and says which version that is', () => {
    const taken = readFileSync(join(FOLDER, file), 'utf8').match(/uses: .*/g) ?? [];
    expect(taken.length).toBeGreaterThan(0);
    for (const action of taken) expect(action).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('runs only what is there', () => {
    for (const { run = '' } of steps) {
      for (const [file = ''] of run.matchAll(/(?:\.ci|scripts)\/[\w.-]+/g))
        expect(existsSync(join(ROOT, file)), file).toBe(true);
      for (const [, script = ''] of run.matchAll(/npm run ([\w:]+)/g))
        expect(Object.keys(manifest.scripts)).toContain(script);
    }
  });

  it('may read, and more only where it is said', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });

  it('ends', () => {
    for (const [name, job] of Object.entries(workflow.jobs)) expect(job['timeout-minutes'], name).toBeGreaterThan(0);
  });

  it('lets nobody write a shell command by the name of a branch or a pull request', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
  });

  it('names no registry', () => {
    expect(JSON.stringify(steps)).not.toMatch(/\b[\w-]+\.(io|com|dev)\//);
  });
});

describe('CI', () => {
  it('runs what contributors are told it runs', () => {
    expect(stepsOf(read('ci.yml')).map(({ run }) => run)).toContain('bash .ci/run');
  });
});

describe('a release', () => {
  const release = read('release.yml');
  const { jobs } = release;

  it('comes after everything was checked', () => {
    const waitsFor = (job: string): readonly string[] => {
      const { needs } = jobs[job] ?? {};
      return needs ? [needs, ...waitsFor(needs)] : [];
    };
    for (const job of ['image', 'package', 'chart']) expect(waitsFor(job)).toContain('check');
    expect(stepsOf(release).map(({ run }) => run)).toContain('bash .ci/run');
  });

  it('has an image for both architectures, with its bill of materials and provenance, signed without a key', () => {
    const steps = jobs['image']?.steps ?? [];
    const build = steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'));
    expect(build?.with).toMatchObject({ platforms: 'linux/amd64,linux/arm64', sbom: true, provenance: 'mode=max' });
    expect(steps.map(({ run }) => run)).toContain('cosign sign --yes "$IMAGE@$DIGEST"');
    expect(jobs['image']?.permissions).toMatchObject({ 'id-token': 'write' });
  });

  it('publishes the package with its provenance', () => {
    expect(jobs['package']?.steps.some(({ run }) => run?.includes('npm publish --provenance'))).toBe(true);
  });

  it.each([
    [`v${manifest.version}`, 0],
    ['v99.0.0', 1],
  ])('of tag %s: checking the versions ends with %s', (tag, code) => {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/release-version.ts'), tag], {
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(code);
  });

  it('has scripts that bash can read', () => {
    execFileSync('bash', ['-n', join(ROOT, 'scripts/push-chart.sh')]);
    execFileSync('bash', ['-n', join(ROOT, '.ci/run')]);
  });
});
