import { CATEGORY, GROUP, VERSION } from './group.ts';
import { type Kind, resourceName } from './kind.ts';
import { structuralSchema } from './structural.ts';
import { toYaml } from './yaml.ts';

/** The CustomResourceDefinition of a kind, ready to be applied. */
export function crdOf(kind: Kind) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: resourceName(kind) },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: [kind.shortName],
        categories: [CATEGORY],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: structuralSchema(kind) },
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns.map(({ name, type, jsonPath, wide }) => ({
            name,
            type,
            jsonPath,
            ...(wide && { priority: 1 }),
          })),
          ...(kind.selectable.length > 0 && { selectableFields: kind.selectable.map((jsonPath) => ({ jsonPath })) }),
        },
      ],
    },
  };
}

export type CustomResourceDefinition = ReturnType<typeof crdOf>;

/** The CRD as the file in `crds/` has it. */
export const crdManifest = (kind: Kind): string =>
  `# Generated from src/api by \`npm run generate\`. Do not edit.\n${toYaml(crdOf(kind))}`;
