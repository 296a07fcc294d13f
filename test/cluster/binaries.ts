import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, type GoModule, go } from './go-module.ts';

export type BinaryName = KubernetesName | 'etcd';
export type Binaries = Readonly<Record<BinaryName, string>>;

/** Paths of the control plane's programs: those of KUBEBUILDER_ASSETS when it is set, else built from Go modules. */
export async function binaries(): Promise<Binaries> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (assets) return binariesIn(assets);
  const names: KubernetesName[] = ['kube-apiserver', 'kube-controller-manager', 'kubectl'];
  return { ...(await build(etcd, ['etcd'])), ...(await build(kubernetes, names)) };
}

/** Where the pinned Tekton module lies on this machine: its custom resources are in `config/300-crds`. */
export const tektonFolder = (): Promise<string> => moduleFolder(tektonModule, TEKTON);

/** Where the custom resources of the pinned Prometheus operator lie on this machine. */
export async function prometheusCrds(): Promise<string> {
  const folder = join(import.meta.dirname, 'prometheus-operator');
  const module = await moduleFolder(folder, 'github.com/prometheus-operator/prometheus-operator');
  return join(module, 'example', 'prometheus-operator-crd');
}

/** Paths of the pinned Tekton's programs. */
export function tektonBinaries(): Promise<Readonly<Record<TektonName, string>>> {
  return build(tekton, ['controller', 'webhook']);
}

/** Path of the pinned Helm. */
export async function helmBinary(): Promise<string> {
  return (await build(helm, ['helm'])).helm;
}

type TektonName = 'controller' | 'webhook';
type KubernetesName = 'kube-apiserver' | 'kube-controller-manager' | 'kubectl';

const TEKTON = 'github.com/tektoncd/pipeline';
const tektonModule = join(import.meta.dirname, 'tekton');

const etcd: GoModule<'etcd'> = {
  folder: join(import.meta.dirname, 'etcd'),
  path: 'go.etcd.io/etcd/server/v3',
  commands: { etcd: 'go.etcd.io/etcd/server/v3' },
  patience: 'about half a minute',
};

const kubernetes: GoModule<KubernetesName> = {
  folder: join(import.meta.dirname, 'kubernetes'),
  path: 'k8s.io/kubernetes',
  commands: {
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  },
  // a plain go build calls itself v0.0.0; the other fields of /version follow from this one
  linkFlags: (version) => `-s -w -X k8s.io/component-base/version.gitVersion=${version}`,
  patience: 'several minutes',
};

const tekton: GoModule<TektonName> = {
  folder: tektonModule,
  path: TEKTON,
  commands: { controller: `${TEKTON}/cmd/controller`, webhook: `${TEKTON}/cmd/webhook` },
  patience: 'some minutes',
};

const helm: GoModule<'helm'> = {
  folder: join(import.meta.dirname, 'helm'),
  path: 'helm.sh/helm/v3',
  commands: { helm: 'helm.sh/helm/v3/cmd/helm' },
  patience: 'a minute or two',
};

async function moduleFolder(folder: string, path: string): Promise<string> {
  await go(folder, ['mod', 'download', path]);
  return go(folder, ['list', '-m', '-f', '{{.Dir}}', path]);
}

async function binariesIn(assets: string): Promise<Binaries> {
  const found = (name: BinaryName) => existsSync(join(assets, name));
  const required: BinaryName[] = ['etcd', 'kube-apiserver', 'kubectl'];
  const missing = required.filter((name) => !found(name));
  if (missing.length > 0) {
    throw new Error(`KUBEBUILDER_ASSETS is ${assets}, which lacks ${missing.join(', ')}: complete it or unset it`);
  }
  return {
    etcd: join(assets, 'etcd'),
    'kube-apiserver': join(assets, 'kube-apiserver'),
    kubectl: join(assets, 'kubectl'),
    // the published assets come without it
    'kube-controller-manager': found('kube-controller-manager')
      ? join(assets, 'kube-controller-manager')
      : (await build(kubernetes, ['kube-controller-manager']))['kube-controller-manager'],
  };
}
