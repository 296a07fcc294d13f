import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { claimPolicy } from '../operator/policy/claims.ts';
import { ARGO_WORKLOAD_RIGHTS, ELECTION_RIGHTS, OPERATOR_RIGHTS, TEKTON_WORKLOAD_RIGHTS } from '../operator/rights.ts';
import { EDITOR_RIGHTS, HOLDER_RIGHTS, VIEWER_RIGHTS } from '../operator/user-rights.ts';
import { TASK_SET_RIGHTS } from '../plugins/argo/rights.ts';
import { PODS_RIGHTS } from '../plugins/pods/rights.ts';
import { TEKTON_RIGHTS } from '../plugins/tekton/rights.ts';
import { crdManifest } from '../src/api/crd.ts';
import { KINDS } from '../src/api/kinds.ts';
import { toYaml } from '../src/api/yaml.ts';
import { ROOT } from './files.ts';

const ALERTS = 'operator/monitoring/alerts.yaml';
const FILES = 'operator/chart/files';

/** The rights that the code declares; `when` is the value of the chart that switches a part on. */
const RIGHTS = {
  election: ELECTION_RIGHTS,
  operator: [
    { name: 'konductor-operator', when: [], rules: OPERATOR_RIGHTS },
    { name: 'konductor-workloads-argo', when: ['workloads', 'argo'], rules: ARGO_WORKLOAD_RIGHTS },
    { name: 'konductor-workloads-tekton', when: ['workloads', 'tekton'], rules: TEKTON_WORKLOAD_RIGHTS },
    { name: 'konductor-door-tekton', when: ['doors', 'tekton'], rules: TEKTON_RIGHTS },
    { name: 'konductor-door-argo', when: ['doors', 'argo'], rules: TASK_SET_RIGHTS },
    { name: 'konductor-door-pods', when: ['doors', 'pods'], rules: PODS_RIGHTS },
  ],
  users: [
    { name: 'konductor-viewer', aggregatesTo: ['view', 'edit', 'admin'], rules: VIEWER_RIGHTS },
    { name: 'konductor-editor', aggregatesTo: ['edit', 'admin'], rules: EDITOR_RIGHTS },
    { name: 'konductor-holder', aggregatesTo: [], rules: HOLDER_RIGHTS },
  ],
};

const generated = (from: string, value: unknown): string =>
  `# Generated from ${from} by \`npm run generate\`. Do not edit.\n${toYaml(value)}`;

/** What the chart takes from the code: by path. */
export const chartFiles = (): Map<string, string> =>
  new Map([
    ...KINDS.map((kind) => [`${FILES}/crds/${kind.plural}.yaml`, crdManifest(kind)] as const),
    [`${FILES}/rights.yaml`, generated('what operator and plugins declare', RIGHTS)],
    [`${FILES}/claim-policy.yaml`, generated('operator/policy', claimPolicy)],
    [`${FILES}/alerts.yaml`, generated(ALERTS, parse(readFileSync(ROOT + ALERTS, 'utf8')))],
  ]);
