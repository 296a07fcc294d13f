import { crdOf } from './crd.ts';
import { API_VERSION } from './group.ts';
import { type Kind, resourceName } from './kind.ts';
import type { Rule } from './rule.ts';
import { type StructuralSchema, structuralSchema } from './structural.ts';
import { toYaml } from './yaml.ts';

const GENERATED = '<!-- Generated from src/api by `npm run generate`. Do not edit. -->';

/** The list of all kinds, for docs/reference/README.md. */
export function referenceIndex(kinds: readonly Kind[]): string {
  return lines([
    GENERATED,
    '',
    '# Reference',
    '',
    `Every kind of \`${API_VERSION}\`, as the API server validates it.`,
    '',
    ...table(
      ['Kind', 'Short name', 'What it is'],
      kinds.map((kind) => [`[${kind.kind}](${kind.singular}.md)`, `\`${kind.shortName}\``, kind.summary]),
    ),
    '',
    'Durations are written as Go writes them: `90s`, `10m`, `1h30m`, `500ms`, `1.5s`. Times are UTC, to the microsecond.',
  ]);
}

/** Everything about one kind that a reader of a manifest needs, made from its schema. */
export function referencePage(kind: Kind): string {
  const { spec, status } = structuralSchema(kind).properties ?? {};
  const rules = [
    ...rulesIn(spec ?? {}, 'spec'),
    ...kind.rules.map((rule) => ({ field: rule.fieldPath?.slice(1) ?? '', rule })),
  ];
  const selectable = crdOf(kind).spec.versions[0]?.selectableFields ?? [];
  return lines([
    GENERATED,
    '',
    `# ${kind.kind}`,
    '',
    kind.summary,
    '',
    '```yaml',
    toYaml({ apiVersion: API_VERSION, kind: kind.kind, metadata: { name: 'example' }, spec: kind.example }).trimEnd(),
    '```',
    '',
    `With kubectl: \`${kind.shortName}\`, or in full \`${resourceName(kind)}\`.`,
    '',
    '## spec',
    '',
    ...table(
      ['Field', 'Type', 'Default', 'What it means'],
      fieldsOf(spec ?? {}).map(({ path, schema, required }) => [
        `\`${path}\``,
        typeOf(schema),
        required ? '*required*' : schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``,
        meaning(schema),
      ]),
    ),
    '',
    '## status',
    '',
    ...table(
      ['Field', 'Type', 'What it means'],
      fieldsOf(status ?? {}).map(({ path, schema }) => [`\`${path}\``, typeOf(schema), meaning(schema)]),
    ),
    ...(rules.length > 0
      ? [
          '',
          '## Rules',
          '',
          ...table(
            ['Field', 'Rule'],
            rules.map(({ field, rule }) => [field && `\`${field}\``, rule.message]),
          ),
        ]
      : []),
    '',
    '## kubectl get',
    '',
    ...table(
      ['Column', 'From', 'Shown'],
      kind.columns.map(({ name, jsonPath, wide }) => [
        name,
        `\`${cell(jsonPath)}\``,
        wide ? 'with `-o wide`' : 'always',
      ]),
    ),
    ...(selectable.length > 0
      ? ['', `Field selectors: ${selectable.map(({ jsonPath }) => `\`${jsonPath.slice(1)}\``).join(', ')}.`]
      : []),
  ]);
}

interface Field {
  readonly path: string;
  readonly schema: StructuralSchema;
  readonly required: boolean;
}

function fieldsOf(schema: StructuralSchema, prefix = ''): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const path = prefix + key;
    const field = { path, schema: child, required: schema.required?.includes(key) ?? false };
    // metav1.Condition is known to everybody and the same everywhere
    if (child['x-kubernetes-list-map-keys']) return [field];
    return [field, ...fieldsOf(child, `${path}.`), ...(child.items ? fieldsOf(child.items, `${path}[].`) : [])];
  });
}

function rulesIn(schema: StructuralSchema, path: string): { field: string; rule: Rule }[] {
  return [
    ...(schema['x-kubernetes-validations'] ?? []).map((rule) => ({ field: path + (rule.fieldPath ?? ''), rule })),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, child]) => rulesIn(child, `${path}.${key}`)),
    ...(schema.items ? rulesIn(schema.items, `${path}[]`) : []),
  ];
}

function typeOf(schema: StructuralSchema): string {
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(' or ');
  if (schema.format === 'date-time') return 'time';
  if (schema.pattern?.includes('(h|m|s|ms')) return 'duration';
  return schema.type ?? 'any';
}

function meaning(schema: StructuralSchema): string {
  const bounds = [
    schema.minimum !== undefined && schema.minimum !== 0 && `at least ${schema.minimum}`,
    schema.maximum !== undefined && `at most ${schema.maximum}`,
    schema.maxItems !== undefined && `at most ${schema.maxItems} items`,
  ].filter((bound) => bound !== false);
  const sentence = bounds.join(', ');
  return [schema.description ?? '', sentence && `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`]
    .filter(Boolean)
    .join(' ');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [row(header), row(header.map(() => '---')), ...rows.map(row)];
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const lines = (parts: readonly string[]): string => `${parts.join('\n')}\n`;
