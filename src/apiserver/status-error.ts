import type { Problem } from '../api/problem.ts';
import type { JsonObject } from './json.ts';
import { qualifiedKind, qualifiedName, type ResourceType } from './resource-type.ts';

/** A refusal as the API says it: a Status object, with the HTTP status it travels under. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string | undefined;
  readonly details: StatusDetails | undefined;
  readonly metadata: JsonObject;

  constructor(
    code: number,
    reason: string | undefined,
    message: string,
    details?: StatusDetails,
    metadata: JsonObject = {},
  ) {
    super(message);
    this.name = 'StatusError';
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.metadata = metadata;
  }

  /** The body of the answer. */
  get status(): JsonObject {
    const { code, reason, message, details, metadata } = this;
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata,
      status: 'Failure',
      message,
      ...(reason && { reason }),
      ...(details && { details: { ...details } as JsonObject }),
      code,
    };
  }
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface StatusCause extends JsonObject {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

type Named = Pick<ResourceType, 'group' | 'plural'>;

const about = ({ group, plural }: Named, name: string): StatusDetails => ({
  ...(name && { name }),
  ...(group && { group }),
  kind: plural,
});

export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message);

export const unauthorized = (): StatusError => new StatusError(401, 'Unauthorized', 'Unauthorized');

export const forbidden = (resource: Named, name: string, why: string, causes?: readonly StatusCause[]): StatusError =>
  new StatusError(403, 'Forbidden', `${qualifiedName(resource)} ${JSON.stringify(name)} is forbidden: ${why}`, {
    ...about(resource, name),
    ...(causes && { causes }),
  });

export const notFound = (resource: Named, name: string): StatusError =>
  new StatusError(
    404,
    'NotFound',
    `${qualifiedName(resource)} ${JSON.stringify(name)} not found`,
    about(resource, name),
  );

/** A path below a group that is known, with a resource that is not. */
export const noSuchResource = (): StatusError =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = (): StatusError =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

export const methodNotSupported = (resource: Named, verb: string): StatusError =>
  new StatusError(
    405,
    'MethodNotAllowed',
    `${verb} is not supported on resources of kind ${JSON.stringify(qualifiedName(resource))}`,
    about(resource, ''),
  );

export const notAcceptable = (accepted: readonly string[]): StatusError =>
  new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`);

/** One that is going still has the name. */
export const alreadyExists = (resource: Named, name: string, which: 'staying' | 'going' = 'staying'): StatusError =>
  new StatusError(
    409,
    'AlreadyExists',
    `${which === 'going' ? 'object is being deleted: ' : ''}${qualifiedName(resource)} ${JSON.stringify(name)} already exists`,
    about(resource, name),
  );

export const conflict = (resource: Named, name: string, why: string = MODIFIED): StatusError =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedName(resource)} ${JSON.stringify(name)}: ${why}`,
    about(resource, name),
  );

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

/** With where a list may go on, when it was a page that is too old. */
export const expired = (message: string, metadata?: JsonObject): StatusError =>
  new StatusError(410, 'Expired', message, undefined, metadata);

export const tooLarge = (limit: number): StatusError =>
  new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`);

export const unsupportedMediaType = (accepted: readonly string[]): StatusError =>
  new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

export const invalid = (
  type: Pick<ResourceType, 'group' | 'kind'>,
  name: string,
  problems: readonly Problem[],
): StatusError => {
  const said = problems.map(({ field, message }) => `${field || '<nil>'}: ${message}`);
  const list = said.length === 1 ? said[0] : `[${said.join(', ')}]`;
  const { group, kind } = type;
  return new StatusError(422, 'Invalid', `${qualifiedKind(type)} ${JSON.stringify(name)} is invalid: ${list}`, {
    ...(name && { name }),
    ...(group && { group }),
    ...(kind && { kind }),
    causes: problems.map(({ field, message }) => ({ reason: causeOf(message), message, field: field || '<nil>' })),
  });
};

/** What is wrong with the options of a request, such as `ListOptions`. */
export const invalidOptions = (kind: string, field: string, message: string): StatusError =>
  invalid({ group: 'meta.k8s.io', kind }, '', [{ field, message }]);

/** The reason a message stands for: Kubernetes puts it in front. */
function causeOf(message: string): string {
  for (const [start, reason] of CAUSES) if (message.startsWith(start)) return reason;
  return message.includes(' must be of type ') ? 'FieldValueTypeInvalid' : 'FieldValueInvalid';
}

const CAUSES = [
  ['Required value', 'FieldValueRequired'],
  ['Unsupported value', 'FieldValueNotSupported'],
  ['Forbidden', 'FieldValueForbidden'],
  ['Duplicate value', 'FieldValueDuplicate'],
  ['Too many', 'FieldValueTooMany'],
  ['Too long', 'FieldValueTooLong'],
  ['Not found', 'FieldValueNotFound'],
  ['Internal error', 'InternalError'],
] as const;

export const internalError = (message: string): StatusError => new StatusError(500, 'InternalError', message);
