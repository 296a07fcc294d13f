import { isObject, type JsonObject } from './json.ts';
import { isTrue } from './request-info.ts';
import { badRequest, invalidOptions } from './status-error.ts';

/** How much a caller wants to hear of fields nobody knows. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string | undefined;
  readonly fieldValidation: FieldValidation;
}

export function writeOptions(
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  query: URLSearchParams,
): WriteOptions {
  if (query.size === 0) return NO_OPTIONS;
  const fieldValidation = query.get('fieldValidation') || 'Warn';
  if (!isFieldValidation(fieldValidation)) {
    throw invalidOptions(kind, 'fieldValidation', unsupported(fieldValidation, ['', 'Ignore', 'Strict', 'Warn']));
  }
  const fieldManager = query.get('fieldManager') ?? undefined;
  if (fieldManager && fieldManager.length > MAX_MANAGER) {
    throw invalidOptions(kind, 'fieldManager', `Too long: may not be more than ${MAX_MANAGER} bytes`);
  }
  return { dryRun: dryRunOf(kind, query.getAll('dryRun')), fieldManager, fieldValidation };
}

const NO_OPTIONS: WriteOptions = { dryRun: false, fieldManager: undefined, fieldValidation: 'Warn' };
const MAX_MANAGER = 128;

const isFieldValidation = (text: string): text is FieldValidation =>
  text === 'Ignore' || text === 'Warn' || text === 'Strict';

function dryRunOf(kind: string, asked: readonly string[]): boolean {
  if (asked.length === 0) return false;
  if (asked.every((value) => value === 'All')) return true;
  throw invalidOptions(kind, 'dryRun', `Unsupported value: ${JSON.stringify(asked)}: supported values: "All"`);
}

const unsupported = (value: string, supported: readonly string[]): string =>
  `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map((one) => JSON.stringify(one)).join(', ')}`;

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly gracePeriodSeconds: number | undefined;
  readonly propagationPolicy: PropagationPolicy | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

export type PropagationPolicy = 'Background' | 'Foreground' | 'Orphan';

/** From the body, which comes before the query. */
export function deleteOptions(body: JsonObject | undefined, query: URLSearchParams): DeleteOptions {
  if (!body && query.size === 0) return NO_DELETE_OPTIONS;
  const said = body ?? fromQuery(query);
  const { propagationPolicy, gracePeriodSeconds, orphanDependents, preconditions, dryRun } = said;
  const dry = Array.isArray(dryRun) ? dryRun.map(String) : query.getAll('dryRun');
  if (propagationPolicy !== undefined && propagationPolicy !== null && !isPolicy(propagationPolicy)) {
    const message = unsupported(String(propagationPolicy), ['Foreground', 'Background', 'Orphan', 'nil']);
    throw invalidOptions('DeleteOptions', 'propagationPolicy', message);
  }
  const demands = isObject(preconditions) ? preconditions : {};
  return {
    dryRun: dryRunOf('DeleteOptions', dry),
    gracePeriodSeconds: typeof gracePeriodSeconds === 'number' ? gracePeriodSeconds : undefined,
    propagationPolicy:
      (propagationPolicy as PropagationPolicy | null) ?? (orphanDependents === true ? 'Orphan' : undefined),
    uid: typeof demands['uid'] === 'string' ? demands['uid'] : undefined,
    resourceVersion: typeof demands['resourceVersion'] === 'string' ? demands['resourceVersion'] : undefined,
  };
}

const NO_DELETE_OPTIONS: DeleteOptions = {
  dryRun: false,
  gracePeriodSeconds: undefined,
  propagationPolicy: undefined,
  uid: undefined,
  resourceVersion: undefined,
};

const isPolicy = (value: unknown): value is PropagationPolicy =>
  value === 'Background' || value === 'Foreground' || value === 'Orphan';

function fromQuery(query: URLSearchParams): JsonObject {
  const grace = query.get('gracePeriodSeconds');
  return {
    ...(query.has('propagationPolicy') && { propagationPolicy: query.get('propagationPolicy') }),
    ...(grace && { gracePeriodSeconds: Number(grace) }),
    ...(query.has('orphanDependents') && { orphanDependents: isTrue(query.get('orphanDependents')) }),
  };
}

export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** Undefined when not given, which asks for the newest. */
  readonly resourceVersion: number | undefined;
  readonly match: 'Exact' | 'NotOlderThan' | undefined;
  /** 0: no limit. */
  readonly limit: number;
  readonly continue: string;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowWatchBookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

export function listOptions(query: URLSearchParams, watch: boolean): ListOptions {
  if (query.size === 0) return PLAIN_LIST;
  const version = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  const initial = query.has('sendInitialEvents') ? isTrue(query.get('sendInitialEvents')) : undefined;
  const next = query.get('continue') ?? '';
  checkMatch(match, version, initial, watch, next);
  if (next && version && version !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  return {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    resourceVersion: version === '' ? undefined : versionNumber(version),
    match: match === '' ? undefined : (match as 'Exact' | 'NotOlderThan'),
    limit: integer(query, 'limit') ?? 0,
    continue: next,
    sendInitialEvents: initial,
    allowWatchBookmarks: query.has('allowWatchBookmarks') && isTrue(query.get('allowWatchBookmarks')),
    timeoutSeconds: integer(query, 'timeoutSeconds'),
  };
}

const PLAIN_LIST: ListOptions = {
  labelSelector: '',
  fieldSelector: '',
  resourceVersion: undefined,
  match: undefined,
  limit: 0,
  continue: '',
  sendInitialEvents: undefined,
  allowWatchBookmarks: false,
  timeoutSeconds: undefined,
};

function checkMatch(match: string, version: string, initial: boolean | undefined, watch: boolean, next: string): void {
  const refuse = (field: string, message: string) => invalidOptions('ListOptions', field, message);
  const field = 'resourceVersionMatch';
  if (watch) {
    if (initial !== undefined) {
      if (match !== 'NotOlderThan') {
        throw refuse(field, 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
      }
    } else if (match) {
      throw refuse(
        field,
        'Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      );
    }
    return;
  }
  if (initial !== undefined) throw refuse('sendInitialEvents', 'Forbidden: sendInitialEvents is forbidden for list');
  if (!match) return;
  if (!version) throw refuse(field, 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (next) throw refuse(field, 'Forbidden: resourceVersionMatch is forbidden when continue is provided');
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    throw refuse(field, unsupported(match, ['Exact', 'NotOlderThan', '']));
  }
  if (match === 'Exact' && version === '0') {
    throw refuse(field, 'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
}

function versionNumber(text: string): number {
  if (!/^[0-9]{1,20}$/.test(text)) throw badRequest(invalidVersion(text));
  return Number(text);
}

const invalidVersion = (text: string): string => {
  const quoted = JSON.stringify(text);
  return `invalid resource version: resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`;
};

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (!text) return undefined;
  if (/^-?[0-9]+$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}
