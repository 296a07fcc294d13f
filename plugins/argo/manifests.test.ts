import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readStepRequest } from '../step-options.ts';
import { clusterTemplate, OFFERS } from './cluster-template.ts';
import { printInstall, printLint } from './command-line.ts';
import { INSTALL_DEFAULTS, installManifests, manifestsYaml } from './manifests.ts';
import { isOneOf, STEPS } from './request.ts';
import { argoPluginSettings } from './settings.ts';

const manifests = installManifests({ ...INSTALL_DEFAULTS, namespace: 'jobs', image: 'konductor:test' });
const called = (kind: string, name: string) =>
  manifests.find(
    (manifest) => manifest.kind === kind && 'name' in manifest.metadata && manifest.metadata.name === name,
  );

describe('what koncli argo install prints', () => {
  it('is one stream of documents', () => {
    const documents = parseAllDocuments(manifestsYaml(manifests)).map((document) => document.toJS());
    expect(documents).toEqual(JSON.parse(JSON.stringify(manifests)));
  });

  it('has the plugin last: with it, every agent pod of the namespace needs all the rest', () => {
    expect(manifests.at(-1)).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'konductor-executor-plugin' } });
  });

  it('has what makes Argo see the plugin', () => {
    const map = called('ConfigMap', 'konductor-executor-plugin') as never as { data: Record<string, string> };
    expect(map).toMatchObject({ metadata: { labels: { 'workflows.argoproj.io/configmap-type': 'ExecutorPlugin' } } });
    expect(map.data['sidecar.automountServiceAccountToken']).toBe('true');
    const container = parse(map.data['sidecar.container'] ?? '') as { args: string[]; ports: unknown[] };
    expect(container).toMatchObject({
      resources: { requests: {}, limits: {} },
      securityContext: { runAsNonRoot: true },
    });
    expect(container.ports).toHaveLength(1);
    const [program, ...flags] = container.args;
    expect(program).toBe('argo-plugin');
    expect(argoPluginSettings(flags, {})).toMatchObject({ listen: { host: '127.0.0.1', port: 4355 } });
  });

  it.each(['konductor-executor-plugin', 'default'])('has the token that Argo mounts for %s', (account) => {
    expect(called('Secret', `${account}.service-account-token`)).toMatchObject({
      type: 'kubernetes.io/service-account-token',
      metadata: { namespace: 'jobs', annotations: { 'kubernetes.io/service-account.name': account } },
    });
  });

  it.each([
    ['konductor-argo-plugin', 'konductor-executor-plugin', 'jobs'],
    ['konductor-argo-agent', 'default', 'jobs'],
    ['konductor-argo-controller', 'argo', 'argo'],
  ])('binds the role %s to %s', (role, name, namespace) => {
    expect(called('Role', role)).toBeDefined();
    expect(called('RoleBinding', role)).toMatchObject({ subjects: [{ kind: 'ServiceAccount', name, namespace }] });
  });

  it('lets the plugin write claims, and never their status', () => {
    const { rules } = called('Role', 'konductor-argo-plugin') as never as { rules: { resources: string[] }[] };
    expect(rules.flatMap(({ resources }) => resources).filter((resource) => resource.includes('/'))).toEqual([]);
  });
});

describe('the cluster template', () => {
  const { templates } = clusterTemplate().spec;

  it.each(Object.entries(OFFERS))('%s is a step that can be read with its name alone', (name, { resource }) => {
    const template = templates.find((each) => each.name === name);
    const body = template?.plugin.konductor?.[resource] ?? {};
    const defaults = new Map(
      (template?.inputs.parameters ?? []).map((parameter) => [
        parameter.name,
        'value' in parameter ? parameter.value : 'db',
      ]),
    );
    const { key, attempt, ...asked } = Object.fromEntries(
      Object.entries(body).map(([field, value]) => {
        const [, parameter] = /^\{\{inputs\.parameters\.(\w+)\}\}$/.exec(String(value)) ?? [];
        return [field, parameter === undefined ? value : defaults.get(parameter)];
      }),
    );
    expect([key, attempt]).toEqual(['{{node.name}}', '{{retries}}']);
    expect(isOneOf(STEPS, resource) && readStepRequest(STEPS[resource], asked).problem).toBeUndefined();
  });
});

describe('konductor argo-plugin', () => {
  it.each([
    [['--listen=0.0.0.0:4355', '--token-file='], 'on loopback'],
    [['--longest-wait=soon'], 'must be a duration'],
    [['--listen=4355'], 'must be like'],
    [['--log-level=loud'], 'must be one of'],
    [['--wat'], 'wat'],
  ])('refuses %j', (flags, message) => {
    expect(() => argoPluginSettings(flags, {})).toThrow(message);
  });

  it('takes what the environment says, and flags before it', () => {
    const environment = { KONDUCTOR_LISTEN: '127.0.0.1:1', KONDUCTOR_LONGEST_WAIT: '2h' };
    expect(argoPluginSettings(['--listen=127.0.0.1:2'], environment)).toMatchObject({
      listen: { port: 2 },
      longestWait: '2h',
      tokenFile: '/var/run/argo/token',
    });
  });
});

describe('koncli argo', () => {
  it('prints what it was told to', () => {
    const text = printInstall({ namespace: 'jobs', image: 'konductor:test', argoNamespace: 'flows' });
    expect(text).toContain('namespace: flows');
    expect(text).toContain('image: konductor:test');
  });

  it('lints every document of a file, and says where one cannot be read', () => {
    const text = 'kind: Workflow\nmetadata: {name: a}\nspec: {templates: [{plugin: {}}]}\n---\na: [\n';
    expect(printLint('flow.yaml', text)).toEqual([
      expect.stringMatching(/^flow\.yaml: Workflow\/a: spec\.templates\[0\]\.plugin: crashes: /),
      expect.stringMatching(/^flow\.yaml: /),
    ]);
  });
});
