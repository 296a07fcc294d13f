import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { claimPolicy } from '../../operator/policy/claims.ts';
import { OPERATOR_RIGHTS } from '../../operator/rights.ts';
import { HOLDER_RIGHTS } from '../../operator/user-rights.ts';
import manifest from '../../package.json' with { type: 'json' };
import { PODS_RIGHTS } from '../../plugins/pods/rights.ts';
import { crdOf } from '../../src/api/crd.ts';
import { KINDS } from '../../src/api/kinds.ts';
import type { Right } from '../../src/api/right.ts';
import { wordsOf } from './audit.ts';
import { type Manifest, manifestsIn } from './chart.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => manifestsIn(readFileSync(join(ROOT, path), 'utf8'));
const specOf = (manifests: readonly Manifest[], name: string) =>
  manifests.find(({ metadata }) => metadata.name === name)?.['spec'];

/** Without Helm, so that whoever changes a schema or a right hears of it at once. */
describe.each(['operator/deploy/install.yaml', 'operator/deploy/install-namespaced.yaml'])(
  '%s is as the code declares (else: vitest run --project real test/install/install -u)',
  (path) => {
    const manifests = read(path);

    it.each(KINDS.map((kind) => crdOf(kind)))('the definition $metadata.name', ({ metadata, spec }) => {
      // as YAML has it: a key without a value is none
      expect(specOf(manifests, metadata.name)).toEqual(JSON.parse(JSON.stringify(spec)));
    });

    it('the rights of the operator', () => {
      const roles = manifests.filter(({ metadata }) => metadata.name === 'konductor-operator');
      const [role] = roles.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
      expect(wordsOf((role?.['rules'] ?? []) as readonly Right[])).toEqual(wordsOf(OPERATOR_RIGHTS));
    });

    it('the policy', () => {
      expect(specOf(manifests, 'konductor-claims')).toEqual(claimPolicy.spec);
    });
  },
);

it.each([
  ['examples/jobs/rbac.yaml', HOLDER_RIGHTS],
  ['examples/pods/rbac.yaml', PODS_RIGHTS],
])('the role that %s makes is the one that the chart brings', (path, rights) => {
  const { rules } = read(path).find(({ kind }) => /Role$/.test(kind)) ?? { rules: [] };
  expect(wordsOf(rules as readonly Right[])).toEqual(wordsOf(rights));
});

it('the chart has the version of the package', () => {
  const chart = parse(readFileSync(join(ROOT, 'operator/chart/Chart.yaml'), 'utf8')) as Record<string, string>;
  expect([chart['version'], chart['appVersion']]).toEqual([manifest.version, manifest.version]);
});
