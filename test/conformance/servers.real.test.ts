import { join } from 'node:path';
import { binaries, tektonFolder } from '../cluster/binaries.ts';
import { embeddedServer } from './embedded-server.ts';
import { conform } from './ground.ts';
import { realServer } from './real-server.ts';
import { CLIENT_SUITES } from './suites/client/all.ts';
import { argoKinds, tektonKinds } from './suites/client/foreign-kinds.ts';
import { KUBECTL_SUITES } from './suites/kubectl/all.ts';

const ARGO_CRDS = process.env.KONDUCTOR_ARGO_CRDS ?? join(import.meta.dirname, '../../../shared/data/argo-crds-v4.1.2');
const argo = argoKinds(ARGO_CRDS);

const SUITES = {
  ...CLIENT_SUITES,
  ...KUBECTL_SUITES,
  // last: a server describes them to kubectl in tens of megabytes
  ...(argo && { 'the kinds of Argo': argo }),
  'the kinds of Tekton': tektonKinds(tektonFolder),
};

conform('real', realServer, SUITES);
conform('embedded', () => embeddedServer({ kubectl: async () => (await binaries()).kubectl }), SUITES);
