import { GROUP } from '../../src/api/group.ts';
import { KINDS } from '../../src/api/kinds.ts';
import { REPRESENT } from '../../src/api/right.ts';
import { toYaml } from '../../src/api/yaml.ts';
import type { NewKubeObject } from '../../src/kube/resource-type.ts';
import { clusterTemplate } from './cluster-template.ts';
import { EXECUTOR_PLUGIN, PLUGIN_NAME, PORT, TOKEN_FILE } from './names.ts';
import { bodyPolicy } from './policy.ts';

export interface InstallOptions {
  /** Where the workflows run. */
  readonly namespace: string;
  readonly image: string;
  /** The service account that the workflows run as: Argo's agent is one of their pods. */
  readonly workflowServiceAccount: string;
  /** Argo's controller. */
  readonly controller: { readonly namespace: string; readonly serviceAccount: string };
}

export const INSTALL_DEFAULTS = {
  workflowServiceAccount: 'default',
  controller: { namespace: 'argo', serviceAccount: 'argo' },
} as const;

export type Manifest = NewKubeObject & { readonly [field: string]: unknown };

/** Everything that steps of ours need in a namespace, and in the cluster: `koncli argo install -n NS | kubectl apply -f -`. */
export function installManifests(options: InstallOptions): readonly Manifest[] {
  const { namespace, workflowServiceAccount, controller } = options;
  return [
    ...bodyPolicy(),
    clusterTemplate(),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: EXECUTOR_PLUGIN, namespace } },
    tokenOf(EXECUTOR_PLUGIN, namespace),
    ...grant('konductor-argo-plugin', namespace, PLUGIN_RULES, { name: EXECUTOR_PLUGIN, namespace }),
    tokenOf(workflowServiceAccount, namespace),
    ...grant('konductor-argo-agent', namespace, AGENT_RULES, { name: workflowServiceAccount, namespace }),
    ...grant('konductor-argo-controller', namespace, CONTROLLER_RULES, {
      name: controller.serviceAccount,
      namespace: controller.namespace,
    }),
    // last: from here on every agent pod has the plugin in it, and needs all of the above
    configMapOf(executorPlugin(options), namespace),
  ];
}

/** In the form of kubectl: one stream of documents. */
export const manifestsYaml = (manifests: readonly Manifest[]): string => manifests.map(toYaml).join('---\n');

/** The source form that `argo executor-plugin build` reads. */
export const executorPlugin = ({ image }: Pick<InstallOptions, 'image'>) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'ExecutorPlugin',
  metadata: {
    name: PLUGIN_NAME,
    annotations: {
      'workflows.argoproj.io/description': 'Semaphores, leases, barriers and gates as steps of a workflow.',
      'workflows.argoproj.io/version': '>= v3.5',
    },
  },
  spec: {
    sidecar: {
      automountServiceAccountToken: true,
      container: {
        name: EXECUTOR_PLUGIN,
        image,
        args: ['argo-plugin', `--listen=127.0.0.1:${PORT}`, `--token-file=${TOKEN_FILE}`],
        ports: [{ containerPort: PORT }],
        // Argo ignores a plugin that lacks one of these three
        resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 65_534,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
          seccompProfile: { type: 'RuntimeDefault' },
        },
      },
    },
  },
});

/** What Argo's controller looks for, as its own tool would generate it. */
export function configMapOf(plugin: ReturnType<typeof executorPlugin>, namespace: string): Manifest {
  const { kind, metadata, spec } = plugin;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: EXECUTOR_PLUGIN,
      namespace,
      labels: { 'workflows.argoproj.io/configmap-type': kind },
      annotations: metadata.annotations,
    },
    data: {
      'sidecar.automountServiceAccountToken': String(spec.sidecar.automountServiceAccountToken),
      'sidecar.container': toYaml(spec.sidecar.container),
    },
  };
}

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const CLAIMS = ['permits', 'leaserequests', 'arrivals'];

const PLUGIN_RULES: readonly PolicyRule[] = [
  { apiGroups: [GROUP], resources: KINDS.map(({ plural }) => plural), verbs: ['get', 'list', 'watch'] },
  // it claims for the workflow's steps: see REPRESENT
  { apiGroups: [GROUP], resources: CLAIMS, verbs: ['create', 'patch', 'delete', REPRESENT] },
  // for `permits`, which makes the semaphore when there is none
  { apiGroups: [GROUP], resources: ['semaphores'], verbs: ['create'] },
  // a task that is taken out of its set is not wanted any more: nothing else says so
  { apiGroups: ['argoproj.io'], resources: ['workflowtasksets'], verbs: ['get', 'list', 'watch'] },
];

const AGENT_RULES: readonly PolicyRule[] = [
  { apiGroups: ['argoproj.io'], resources: ['workflowtasksets'], verbs: ['list', 'watch'] },
  { apiGroups: ['argoproj.io'], resources: ['workflowtasksets/status'], verbs: ['patch'] },
];

const CONTROLLER_RULES: readonly PolicyRule[] = [
  // Argo's own roles lack it: without it, answers pile up in the set and are applied again after a restart
  { apiGroups: ['argoproj.io'], resources: ['workflowtasksets/status'], verbs: ['patch'] },
  // asked for before each agent pod; a refusal fails the step
  {
    apiGroups: [''],
    resources: ['secrets'],
    resourceNames: ['argo-workflows-agent-ca-certificates'],
    verbs: ['get'],
  },
];

/** Argo mounts the token of a service account from a Secret of this name, and Kubernetes makes none by itself. */
const tokenOf = (serviceAccount: string, namespace: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'kubernetes.io/service-account-token',
  metadata: {
    name: `${serviceAccount}.service-account-token`,
    namespace,
    annotations: { 'kubernetes.io/service-account.name': serviceAccount },
  },
});

const RBAC = 'rbac.authorization.k8s.io';

const grant = (
  name: string,
  namespace: string,
  rules: readonly PolicyRule[],
  subject: { readonly name: string; readonly namespace: string },
): readonly Manifest[] => [
  { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { name, namespace }, rules },
  {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup: RBAC, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', ...subject }],
  },
];
