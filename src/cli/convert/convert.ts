import { type Document, isMap, isScalar, isSeq, parseAllDocuments, type YAMLMap } from 'yaml';
import { API_VERSION, GROUP } from '../../api/group.ts';
import { KINDS } from '../../api/kinds.ts';
import { problemsOf, sayProblems } from '../../api/validate.ts';

/** The group that the first documents of this product used, in the one version it had. */
const OLDER_GROUP = 'konductor.io';
const OLDER_VERSION = `${OLDER_GROUP}/v1`;

export interface Converted {
  /** All documents, those of other kinds as they were. */
  readonly text: string;
  /** What was left out or changed beside the group, for people. */
  readonly notices: readonly string[];
  /** What an API server would refuse, or what cannot be converted: somebody has to look at it. */
  readonly problems: readonly string[];
}

/** Manifests of the older group as manifests of today's; whatever else stands between them stays as it is. */
export function convertManifests(text: string, file: string): Converted {
  const notices: string[] = [];
  const problems: string[] = [];
  const documents = parseAllDocuments(text);
  if ('empty' in documents) return { text, notices, problems: [`${file}: there is nothing in it`] };
  for (const [index, document] of documents.entries()) {
    const [error] = document.errors;
    if (error) {
      problems.push(`${file}: ${error.message.split('\n')[0]}`);
      continue;
    }
    const place = documents.length > 1 ? `${file}, document ${index + 1}` : file;
    for (const manifest of manifestsIn(document.contents)) convertOne(manifest, { place, notices, problems });
  }
  return { text: documents.map(written).join(''), notices, problems };
}

interface Finding {
  readonly place: string;
  readonly notices: string[];
  readonly problems: string[];
}

/** A document is a manifest, or a List of some, as `kubectl get -o yaml` writes it. */
function manifestsIn(contents: unknown): YAMLMap[] {
  if (!isMap(contents)) return [];
  const items = contents.get('items');
  return isSeq(items) ? items.items.filter(isMap) : [contents];
}

function convertOne(manifest: YAMLMap, { place, notices, problems }: Finding): void {
  const apiVersion = String(manifest.get('apiVersion') ?? '');
  const kindName = String(manifest.get('kind') ?? '');
  const name = `${kindName.toLowerCase()}/${manifest.getIn(['metadata', 'name']) ?? manifest.getIn(['metadata', 'generateName']) ?? ''}`;
  if (apiVersion.startsWith('rbac.authorization.k8s.io/') && convertRules(manifest)) {
    notices.push(`${place}: ${name}: its rules name ${GROUP} now`);
  }
  const [group] = apiVersion.split('/');
  if (group !== OLDER_GROUP) return;
  const kind = KINDS.find((known) => known.kind === kindName);
  if (!kind || apiVersion !== OLDER_VERSION) {
    problems.push(`${place}: ${name}: ${GROUP} has no ${kindName} of ${apiVersion}: left as it was`);
    return;
  }
  set(manifest, 'apiVersion', API_VERSION);
  const dropped = dropServerFields(manifest);
  if (dropped.length > 0)
    notices.push(`${place}: ${name}: left out ${dropped.join(', ')}, which the cluster writes itself`);
  const found = problemsOf(kind, manifest.toJSON());
  if (found.length > 0) problems.push(`${place}: ${name}: ${sayProblems(found)}`);
}

/** What somebody else than the author wrote, when a manifest was taken from a cluster. */
const SERVER_FIELDS = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'selfLink',
  'ownerReferences',
];
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function dropServerFields(manifest: YAMLMap): string[] {
  const paths = [
    ['status'],
    ...SERVER_FIELDS.map((field) => ['metadata', field]),
    ['metadata', 'annotations', LAST_APPLIED],
  ];
  return paths.filter((path) => manifest.hasIn(path) && manifest.deleteIn(path)).map((path) => path.join('.'));
}

/** Rights on the older group are rights on this one. */
function convertRules(role: YAMLMap): boolean {
  const rules = role.get('rules');
  if (!isSeq(rules)) return false;
  const groups = rules.items.flatMap((rule) => {
    const apiGroups = isMap(rule) ? rule.get('apiGroups') : undefined;
    return isSeq(apiGroups) ? apiGroups.items.filter(isScalar) : [];
  });
  const older = groups.filter((group) => group.value === OLDER_GROUP);
  for (const group of older) group.value = GROUP;
  return older.length > 0;
}

/** Changes the value and keeps the comment beside it. */
function set(map: YAMLMap, key: string, value: string): void {
  const node = map.get(key, true);
  if (isScalar(node)) node.value = value;
  else map.set(key, value);
}

/** A document that cannot be read stays out, rather than being written half. */
function written(document: Document.Parsed, index: number): string {
  if (document.errors.length > 0) return '';
  const text = document.toString({ lineWidth: 0 });
  return index > 0 && !document.directives.docStart && !text.startsWith('---') ? `---\n${text}` : text;
}
