import type { JsonObject } from './json.ts';

/** kubectl sends some built-in kinds in protobuf whatever it is offered. Only these are understood, and only as request bodies. */
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** The object in a protobuf body; undefined when its kind is not one of those we can read. */
export function readProtobuf(body: Buffer): JsonObject | undefined {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const envelope = message(body.subarray(MAGIC.length), {
    1: ['type', { 1: ['apiVersion', 'string'], 2: ['kind', 'string'] }],
    2: ['raw', 'binary'],
  });
  const { apiVersion, kind } = envelope['type'] as { readonly apiVersion: string; readonly kind: string };
  const fields = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  const raw = envelope['raw'];
  if (!fields || !Buffer.isBuffer(raw)) return undefined;
  return { apiVersion, kind, ...(message(raw, fields) as JsonObject) };
}

const MAGIC = Buffer.from('k8s\0');

type Scalar = 'string' | 'bytes' | 'binary' | 'integer' | 'boolean' | 'time' | 'microtime' | 'map' | 'bytesMap';
/** Name, what it holds, and whether there are many. */
type Field = readonly [name: string, type: Scalar | Fields, many?: 'many'];
interface Fields {
  readonly [number: number]: Field;
}

const OWNER: Fields = {
  1: ['kind', 'string'],
  3: ['name', 'string'],
  4: ['uid', 'string'],
  5: ['apiVersion', 'string'],
  6: ['controller', 'boolean'],
  7: ['blockOwnerDeletion', 'boolean'],
};

const META: Fields = {
  1: ['name', 'string'],
  2: ['generateName', 'string'],
  3: ['namespace', 'string'],
  5: ['uid', 'string'],
  6: ['resourceVersion', 'string'],
  11: ['labels', 'map'],
  12: ['annotations', 'map'],
  13: ['ownerReferences', OWNER, 'many'],
  14: ['finalizers', 'string', 'many'],
};

const METADATA: Field = ['metadata', META];

const RULE: Fields = {
  1: ['verbs', 'string', 'many'],
  2: ['apiGroups', 'string', 'many'],
  3: ['resources', 'string', 'many'],
  4: ['resourceNames', 'string', 'many'],
  5: ['nonResourceURLs', 'string', 'many'],
};

const BINDING: Fields = {
  1: METADATA,
  2: [
    'subjects',
    { 1: ['kind', 'string'], 2: ['apiGroup', 'string'], 3: ['name', 'string'], 4: ['namespace', 'string'] },
    'many',
  ],
  3: ['roleRef', { 1: ['apiGroup', 'string'], 2: ['kind', 'string'], 3: ['name', 'string'] }],
};

const RESOURCE_ATTRIBUTES: Fields = {
  1: ['namespace', 'string'],
  2: ['verb', 'string'],
  3: ['group', 'string'],
  4: ['version', 'string'],
  5: ['resource', 'string'],
  6: ['subresource', 'string'],
  7: ['name', 'string'],
};

const NON_RESOURCE_ATTRIBUTES: Fields = { 1: ['path', 'string'], 2: ['verb', 'string'] };

const CONTAINER: Fields = {
  1: ['name', 'string'],
  2: ['image', 'string'],
  3: ['command', 'string', 'many'],
  4: ['args', 'string', 'many'],
  5: ['workingDir', 'string'],
  7: ['env', { 1: ['name', 'string'], 2: ['value', 'string'] }, 'many'],
  14: ['imagePullPolicy', 'string'],
};

const POD_SPEC: Fields = {
  2: ['containers', CONTAINER, 'many'],
  3: ['restartPolicy', 'string'],
  8: ['serviceAccountName', 'string'],
  20: ['initContainers', CONTAINER, 'many'],
};

const JOB_SPEC: Fields = {
  1: ['parallelism', 'integer'],
  2: ['completions', 'integer'],
  3: ['activeDeadlineSeconds', 'integer'],
  6: ['template', { 1: METADATA, 2: ['spec', POD_SPEC] }],
  7: ['backoffLimit', 'integer'],
  8: ['ttlSecondsAfterFinished', 'integer'],
};

/** Field numbers as k8s.io/api has them in its generated.proto files. */
const KINDS: Readonly<Record<string, Fields>> = {
  ConfigMap: { 1: METADATA, 2: ['data', 'map'], 3: ['binaryData', 'bytesMap'], 4: ['immutable', 'boolean'] },
  CronJob: {
    1: METADATA,
    2: ['spec', { 1: ['schedule', 'string'], 5: ['jobTemplate', { 1: METADATA, 2: ['spec', JOB_SPEC] }] }],
  },
  ClusterRole: { 1: METADATA, 2: ['rules', RULE, 'many'] },
  ClusterRoleBinding: BINDING,
  Job: { 1: METADATA, 2: ['spec', JOB_SPEC] },
  Lease: {
    1: METADATA,
    2: [
      'spec',
      {
        1: ['holderIdentity', 'string'],
        2: ['leaseDurationSeconds', 'integer'],
        3: ['acquireTime', 'microtime'],
        4: ['renewTime', 'microtime'],
        5: ['leaseTransitions', 'integer'],
      },
    ],
  },
  Namespace: { 1: METADATA },
  Pod: { 1: METADATA, 2: ['spec', POD_SPEC] },
  Role: { 1: METADATA, 2: ['rules', RULE, 'many'] },
  RoleBinding: BINDING,
  Secret: {
    1: METADATA,
    2: ['data', 'bytesMap'],
    3: ['type', 'string'],
    4: ['stringData', 'map'],
    5: ['immutable', 'boolean'],
  },
  SelfSubjectAccessReview: {
    1: METADATA,
    2: [
      'spec',
      { 1: ['resourceAttributes', RESOURCE_ATTRIBUTES], 2: ['nonResourceAttributes', NON_RESOURCE_ATTRIBUTES] },
    ],
  },
  SelfSubjectReview: { 1: METADATA },
  ServiceAccount: { 1: METADATA },
  SubjectAccessReview: {
    1: METADATA,
    2: [
      'spec',
      {
        1: ['resourceAttributes', RESOURCE_ATTRIBUTES],
        2: ['nonResourceAttributes', NON_RESOURCE_ATTRIBUTES],
        3: ['user', 'string'],
        4: ['groups', 'string', 'many'],
      },
    ],
  },
  DeleteOptions: {
    1: ['gracePeriodSeconds', 'integer'],
    2: ['preconditions', { 1: ['uid', 'string'], 2: ['resourceVersion', 'string'] }],
    3: ['orphanDependents', 'boolean'],
    4: ['propagationPolicy', 'string'],
    5: ['dryRun', 'string', 'many'],
  },
};

type Message = Record<string, unknown>;

function message(bytes: Buffer, fields: Fields): Message {
  const out: Message = {};
  for (const [number, value] of wireFields(bytes)) {
    const field = fields[number];
    if (!field) continue;
    const [name, type, many] = field;
    if (many) out[name] = [...((out[name] as unknown[] | undefined) ?? []), decodedValue(type, value)];
    else if (type === 'map' || type === 'bytesMap')
      out[name] = { ...(out[name] as object | undefined), ...entryOf(type, value as Buffer) };
    else out[name] = decodedValue(type, value);
  }
  // Go writes empty texts, which JSON leaves out
  for (const name of Object.keys(out)) if (out[name] === '' || out[name] === undefined) delete out[name];
  return out;
}

function decodedValue(type: Scalar | Fields, value: Buffer | number): unknown {
  if (typeof type === 'object') return message(value as Buffer, type);
  switch (type) {
    case 'integer':
      return value;
    case 'boolean':
      return value === 1;
    case 'binary':
      return value;
    case 'bytes':
      return (value as Buffer).toString('base64');
    case 'time':
    case 'microtime':
      return timeOf(value as Buffer, type);
    default:
      return (value as Buffer).toString();
  }
}

function timeOf(bytes: Buffer, type: 'time' | 'microtime'): string {
  const { seconds = 0, nanos = 0 } = message(bytes, { 1: ['seconds', 'integer'], 2: ['nanos', 'integer'] }) as {
    seconds?: number;
    nanos?: number;
  };
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  return type === 'time' ? `${whole}Z` : `${whole}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`;
}

function entryOf(type: 'map' | 'bytesMap', bytes: Buffer): Record<string, unknown> {
  const { key = '', value = '' } = message(bytes, {
    1: ['key', 'string'],
    2: ['value', type === 'map' ? 'string' : 'bytes'],
  }) as {
    key?: string;
    value?: string;
  };
  return Object.fromEntries([[key, value]]);
}

/** The numbered fields of a message: numbers, or what has a length. */
function* wireFields(bytes: Buffer): Iterable<[number, Buffer | number]> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a protobuf body ends in the middle of a number');
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield [number, varint()];
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = varint();
        if (at + length > bytes.length) throw new RangeError('a protobuf body ends in the middle of a field');
        yield [number, bytes.subarray(at, at + length)];
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new RangeError('a protobuf body has a field of no known form');
    }
  }
}
