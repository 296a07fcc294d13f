import type { Files } from './files.ts';

/** etcd on a Unix socket: no port to lose while it is down, and nobody else on the machine can reach it. */
export function etcdFlags(files: Files): string[] {
  return [
    '--name=only',
    `--data-dir=${files.etcdData}`,
    `--listen-client-urls=unix://${files.etcdSocket}`,
    // etcd insists on host and port for what follows; the one member of a cluster of one never uses them
    `--advertise-client-urls=${NOWHERE}`,
    `--listen-peer-urls=${NOWHERE}`,
    `--initial-advertise-peer-urls=${NOWHERE}`,
    `--initial-cluster=only=${NOWHERE}`,
    // it need not wait a second for rivals before it elects itself
    '--heartbeat-interval=10',
    '--election-timeout=100',
    // a killed process loses nothing it has written; only a lost machine would
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export function apiServerFlags(files: Files, port: number): string[] {
  return [
    `--etcd-servers=unix://${files.etcdSocket}`,
    `--secure-port=${port}`,
    `--cert-dir=${files.apiServerCertificates}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1', // else it looks for a network, and there may be none
    '--endpoint-reconciler-type=none', // which refuses to publish loopback
    '--service-cluster-ip-range=10.0.0.0/24',
    '--authorization-mode=RBAC',
    '--enable-priority-and-fairness=true',
    `--token-auth-file=${files.tokens}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
  ];
}

export function controllerManagerFlags(files: Files, port: number, kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--controllers=${CONTROLLERS.join(',')}`,
    '--leader-elect=false',
    `--secure-port=${port}`,
    `--cert-dir=${files.controllerManagerCertificates}`,
    '--bind-address=127.0.0.1',
    // tests make hundreds of objects at once: 20 calls a second would be what they measure
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ];
}

const NOWHERE = 'http://127.0.0.1:0';

const CONTROLLERS = [
  'garbage-collector-controller',
  'job-controller',
  'deployment-controller',
  'replicaset-controller',
  'cronjob-controller',
  'namespace-controller',
  'serviceaccount-controller', // a namespace's default account; tokens come from the TokenRequest API
  'ttl-after-finished-controller',
  'clusterrole-aggregation-controller', // fills viewer and editor roles
];
