import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { CliContext } from '../context.ts';
import { gateManifests } from '../gate-job.ts';
import { registerGateJob } from './gate-job.ts';

const JOB = 'kind: Job\nspec:\n  template:\n    spec:\n      containers: []\n';

describe('gate-job', () => {
  it('adds to a Job what makes its Pods wait', () => {
    expect(parse(gateManifests(JOB, 'job.yaml', { semaphore: 'db', weight: '2' }))).toEqual({
      kind: 'Job',
      spec: {
        template: {
          metadata: {
            labels: { 'sync.konductor.io/gated': 'true' },
            annotations: { 'sync.konductor.io/semaphore': 'db', 'sync.konductor.io/weight': '2' },
          },
          spec: { containers: [], schedulingGates: [{ name: 'sync.konductor.io/wait' }] },
        },
      },
    });
  });

  it('leaves alone what makes no Pods', () => {
    const all = gateManifests(`kind: ConfigMap\n---\n${JOB}---\n`, 'job.yaml', { semaphore: 'db' });
    expect(parseAllDocuments(all).map((document) => document.toJS().kind)).toEqual(['ConfigMap', 'Job']);
  });

  it('says so when there is nothing to do, or nothing to read', () => {
    expect(() => gateManifests('kind: ConfigMap', 'a.yaml', {})).toThrow('nothing in a.yaml makes Pods');
    expect(() => gateManifests('a: [', 'a.yaml', {})).toThrow('a.yaml is no YAML');
  });

  describe('as a command', () => {
    const run = async (...flags: string[]): Promise<string> => {
      const file = join(await mkdtemp(join(tmpdir(), 'gate-job-')), 'job.yaml');
      await writeFile(file, JOB);
      const said: string[] = [];
      const context = { name: 'koncli', stdout: { write: (text: string) => void said.push(text) } } as CliContext;
      const program = new Command('koncli').exitOverride().configureOutput({ writeErr: () => {} });
      registerGateJob(program, context);
      await program.parseAsync(['gate-job', '-f', file, ...flags], { from: 'user' });
      return said.join('');
    };

    it('turns flags into annotations', async () => {
      const flags = ['--semaphore', 'db,api', '--semaphore', 'x', '--weight', '2', '--on-timeout', 'delete'];
      const { spec } = parse(await run(...flags, '--timeout', '1h', '--release-on', 'Ready'));
      expect(spec.template.metadata.annotations).toEqual({
        'sync.konductor.io/semaphore': 'db,api,x',
        'sync.konductor.io/weight': '2',
        'sync.konductor.io/on-timeout': 'delete',
        'sync.konductor.io/timeout': '1h',
        'sync.konductor.io/release-on': 'Ready',
      });
    });

    it.each([
      [[], 'say what its Pods wait for'],
      [['--lease', 'l', '--timeout', 'soon'], '--timeout must be a duration'],
      [['--lease', 'l', '--on-timeout', 'explode'], 'Allowed choices are keep, delete'],
      [['--semaphore', 'db', '--weight', 'two'], 'must be a whole number'],
    ])('refuses %j', async (flags, words) => {
      await expect(run(...flags)).rejects.toThrow(words);
    });
  });
});
