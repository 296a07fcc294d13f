import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/api/group.ts';
import { resourceName } from '../../src/api/kind.ts';
import { KINDS } from '../../src/api/kinds.ts';
import { toYaml } from '../../src/api/yaml.ts';
import type { ClusterAccess } from '../cluster/access.ts';
import { sharedCluster } from '../cluster/connect.ts';
import { type Block, documentedBlocks } from '../support/markdown.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('our kinds on a real API server', () => {
  let cluster: ClusterAccess;
  let namespace: string;

  const kubectl = async (...args: string[]) => {
    const { stdout, stderr, code } = await cluster.kubectl(['-n', namespace, ...args]);
    expect({ code, stderr }, `kubectl ${args.join(' ')}`).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  const applied = async (manifest: string) => {
    // one that says where it belongs goes there
    const place = /^ {2}namespace: /m.test(manifest) ? [] : ['-n', namespace];
    const { stdout, stderr, code } = await cluster.kubectl(['apply', ...place, '-f', '-'], { stdin: manifest });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };

  beforeAll(async () => {
    cluster = sharedCluster();
    namespace = await cluster.namespace('kinds');
  });

  it('are installed by `kubectl apply -f crds/`, and become Established', async () => {
    // over what the suites' server has already: this is how an upgrade goes
    await kubectl('apply', '--server-side', '--force-conflicts', '-f', join(ROOT, 'crds'));
    await kubectl(
      'wait',
      '--for=condition=Established',
      '--timeout=30s',
      ...KINDS.map((kind) => `crd/${resourceName(kind)}`),
    );
  });

  it.each(KINDS.map(({ kind, shortName, singular }) => ({ kind, shortName, singular })))(
    '$kind is explained with a sentence for every field',
    async ({ kind, singular }) => {
      const { spec, status } = { spec: `${singular}.spec`, status: `${singular}.status` };
      for (const part of [spec, status]) {
        const page = await kubectl('explain', part, `--api-version=${API_VERSION}`, '--recursive=false');
        expect(page).toContain(kind);
        expect(page).not.toContain('<no description>');
      }
    },
  );

  it('are explained without saying the group where the name is ours alone', async () => {
    expect(await kubectl('explain', 'semaphore.spec')).toContain('How many permits there are');
  });

  it.each(KINDS.map((kind) => ({ kind })))('$kind.kind has an example that applies', async ({ kind }) => {
    const { example: spec } = kind;
    await applied(toYaml({ apiVersion: API_VERSION, kind: kind.kind, metadata: { name: 'example' }, spec }));
    expect(await kubectl('get', kind.shortName, 'example', '-o', 'name')).toBe(
      `${kind.singular}.sync.konductor.io/example\n`,
    );
  });

  it('are listed with columns people look for', async () => {
    const header = async (...args: string[]) =>
      (await kubectl('get', ...args))
        .split('\n')[0]
        ?.trim()
        .split(/\s{2,}/);
    expect(await header('ksem')).toEqual(['NAME', 'PERMITS', 'IN USE', 'AVAILABLE', 'WAITING', 'PHASE', 'AGE']);
    expect(await header('kbar')).toEqual(['NAME', 'EXPECTED', 'ARRIVED', 'PHASE', 'AGE']);
    expect(await header('klease')).toEqual(['NAME', 'HOLDER', 'PHASE', 'TOKEN', 'EXPIRES', 'AGE']);
    expect(await header('kgate')).toEqual(['NAME', 'PHASE', 'REASON', 'OPENED', 'AGE']);
    expect(await header('kpermit', '-o', 'wide')).toContain('EXPIRES');
  });

  it('are listed together, by short names and by category', async () => {
    const several = await kubectl('get', 'ksem,kbar,klease,kgate');
    const all = await kubectl('get', 'konductor');
    for (const { kind, singular } of KINDS) {
      if (!/Permit|Arrival|Request/.test(kind)) expect(several).toContain(`${singular}.sync.konductor.io/example`);
      expect(all).toContain(`${singular}.sync.konductor.io/example`);
    }
  });

  it('are found by the fields a watcher selects on', async () => {
    const of = (kind: string, selector: string) => kubectl('get', kind, '-o', 'name', '--field-selector', selector);
    expect(await of('kpermit', 'spec.semaphore=example')).toContain('example');
    expect(await of('karr', 'spec.barrier=example,spec.holder=worker-1')).toContain('example');
    expect(await of('kreq', 'spec.lease=example,spec.holder!=worker-1')).toBe('');
  });

  it('take every manifest that was promised', async () => {
    const lines = await kubectl('apply', '-f', join(import.meta.dirname, 'promised.yaml'));
    expect(lines.trim().split('\n')).toHaveLength(4);
  });

  it('take every manifest of the documentation', async () => {
    // those of engines, which are applied where these are: test/support/pages.ts
    const isForeign = ({ text }: Block) => /^apiVersion: \w+\.dev\//m.test(text);
    for (const block of documentedBlocks().filter(({ language }) => language === 'yaml'))
      if (!isForeign(block)) await applied(block.text);
  });

  it('are refused with a message that names the field', async () => {
    const manifest = { apiVersion: API_VERSION, kind: 'Semaphore', metadata: { name: 'x' }, spec: { permits: 0 } };
    const { stderr, code } = await cluster.kubectl(['apply', '-n', namespace, '-f', '-'], { stdin: toYaml(manifest) });
    expect(code).toBe(1);
    expect(stderr).toContain('spec.permits');
  });
});
