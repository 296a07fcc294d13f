import { parseAllDocuments } from 'yaml';
import { lint, sayFinding } from './lint.ts';
import { INSTALL_DEFAULTS, installManifests, manifestsYaml } from './manifests.ts';

/** What `koncli argo install` takes, as it was written. */
export interface InstallFlags {
  readonly namespace: string;
  readonly image: string;
  readonly workflowServiceAccount?: string | undefined;
  readonly argoNamespace?: string | undefined;
  readonly argoServiceAccount?: string | undefined;
}

/** What `koncli argo install` prints. */
export const printInstall = (flags: InstallFlags): string =>
  manifestsYaml(
    installManifests({
      namespace: flags.namespace,
      image: flags.image,
      workflowServiceAccount: flags.workflowServiceAccount ?? INSTALL_DEFAULTS.workflowServiceAccount,
      controller: {
        namespace: flags.argoNamespace ?? INSTALL_DEFAULTS.controller.namespace,
        serviceAccount: flags.argoServiceAccount ?? INSTALL_DEFAULTS.controller.serviceAccount,
      },
    }),
  );

/** What `koncli argo lint` prints about a file: a line each, none when there is nothing to say. */
export function printLint(file: string, text: string): readonly string[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error) return [`${file}: ${error.message.split('\n')[0]}`];
    return lint(document.toJS()).map((finding) => `${file}: ${sayFinding(finding)}`);
  });
}
