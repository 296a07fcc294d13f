import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { helmBinary } from '../cluster/binaries.ts';
import { CHART, chartWith, type Manifest, rendered } from './chart.ts';

const names = (manifests: readonly Manifest[], kind: string) =>
  manifests.filter((manifest) => manifest.kind === kind).map(({ metadata }) => metadata.name);

/** What a value of the chart brings or takes: kind and names, as they are with it. */
const SWITCHES: Readonly<Record<string, readonly [kind: string, names: readonly string[]]>> = {
  'replicas=2': ['PodDisruptionBudget', ['konductor-controller-manager']],
  'replicas=1': ['PodDisruptionBudget', []],
  'podDisruptionBudget.enabled=false': ['PodDisruptionBudget', []],
  'policy.enabled=true': ['ValidatingAdmissionPolicyBinding', ['konductor-claims']],
  'policy.enabled=false': ['ValidatingAdmissionPolicyBinding', []],
  'networkPolicy.enabled=false': ['NetworkPolicy', []],
  'networkPolicy.enabled=true': ['NetworkPolicy', ['konductor-controller-manager']],
  'serviceMonitor.enabled=false': ['ServiceMonitor', []],
  'serviceMonitor.enabled=true': ['ServiceMonitor', ['konductor-controller-manager']],
  'prometheusRule.enabled=false': ['PrometheusRule', []],
  'prometheusRule.enabled=true': ['PrometheusRule', ['konductor-controller-manager']],
  'crds.enabled=false': ['CustomResourceDefinition', []],
  'createNamespace=true': ['Namespace', ['konductor-system']],
  'doors.tekton=true': [
    'ClusterRoleBinding',
    ['konductor-operator', 'konductor-workloads-argo', 'konductor-workloads-tekton', 'konductor-door-tekton'],
  ],
  'workloads={"argo":false,"tekton":false}': ['ClusterRoleBinding', ['konductor-operator']],
  'namespaces=["a","b"]': ['ClusterRoleBinding', []],
};

describe('the chart', () => {
  it('passes Helm’s own lint', async () => {
    const { stdout } = await promisify(execFile)(await helmBinary(), [
      'lint',
      '--strict',
      '--kube-version=1.31.0',
      CHART,
    ]);
    expect(stdout).toContain('0 chart(s) failed');
  });

  it.each(Object.entries(SWITCHES))('with %s', async (value, [kind, expected]) => {
    expect(names(await chartWith(value), kind).toSorted()).toEqual(expected.toSorted());
  });

  it.each([
    ['doors.typo=true', 'typo'],
    ['replicas=0', 'replicas'],
    ['image.pullPolicy=Sometimes', 'pullPolicy'],
    ['namespaces=["No_Name"]', 'namespaces'],
    ['logLevel=loud', 'logLevel'],
    ['argo.longestWait=soon', 'longestWait'],
  ])('refuses %s, and names it', async (value, field) => {
    await expect(rendered([value])).rejects.toThrow(field);
  });

  it('gives the operator rights only where it watches', async () => {
    const manifests = await chartWith('namespaces=["a","b"]');
    const places = manifests.filter(({ kind }) => kind === 'RoleBinding').map(({ metadata }) => metadata.namespace);
    expect(new Set(places)).toEqual(new Set(['a', 'b', 'konductor-system']));
    const environment = JSON.stringify(manifests.find(({ kind }) => kind === 'Deployment'));
    expect(environment).toContain('{"name":"KONDUCTOR_NAMESPACES","value":"a,b"}');
  });

  it('leaves the definitions when it goes, unless it is told otherwise', async () => {
    const kept = (manifests: readonly Manifest[]) =>
      manifests
        .filter(({ kind }) => kind === 'CustomResourceDefinition')
        .every(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] === 'keep');
    expect([kept(await chartWith()), kept(await chartWith('crds.keep=false'))]).toEqual([true, false]);
  });

  it('has no wildcard in any role', async () => {
    const manifests = await chartWith('doors={"tekton":true,"argo":true,"pods":true}');
    const roles = manifests.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
    expect(roles.length).toBeGreaterThan(8);
    for (const { rules } of roles) expect(JSON.stringify(rules)).not.toContain('"*"');
  });
});
