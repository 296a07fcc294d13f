import type { StructuralSchema } from '../api/structural.ts';

const text: StructuralSchema = { type: 'string' };
const time: StructuralSchema = { type: 'string', format: 'date-time' };
const textMap = (description: string): StructuralSchema => ({
  type: 'object',
  description,
  additionalProperties: text,
});

/** What every object has in its `metadata`; descriptions are short. */
export const OBJECT_META: StructuralSchema = {
  type: 'object',
  description:
    'ObjectMeta is metadata that all persisted resources must have, which includes all objects users must create.',
  properties: {
    annotations: textMap('Unstructured data that tools and people keep with the object.'),
    creationTimestamp: { ...time, description: 'When the server created the object.' },
    deletionGracePeriodSeconds: {
      type: 'integer',
      format: 'int64',
      description: 'Seconds a graceful deletion may take.',
    },
    deletionTimestamp: { ...time, description: 'When the object will be, or was asked to be, deleted.' },
    finalizers: {
      type: 'array',
      description: 'Must be empty before the object is removed.',
      items: text,
      'x-kubernetes-list-type': 'set',
    },
    generateName: { ...text, description: 'A prefix from which the server makes a name when none is given.' },
    generation: { type: 'integer', format: 'int64', description: 'Counts the changes of what is wanted.' },
    labels: textMap('Keys and values to organize and select objects by.'),
    managedFields: {
      type: 'array',
      description: 'Which writer manages which fields.',
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        properties: {
          apiVersion: text,
          fieldsType: text,
          fieldsV1: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          manager: text,
          operation: text,
          subresource: text,
          time,
        },
      },
    },
    name: { ...text, description: 'Unique within a namespace; cannot be updated.' },
    namespace: { ...text, description: 'The space within which the name must be unique.' },
    ownerReferences: {
      type: 'array',
      description: 'Objects this one depends on: when all of them are gone it is deleted.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      items: {
        type: 'object',
        required: ['apiVersion', 'kind', 'name', 'uid'],
        'x-kubernetes-map-type': 'atomic',
        properties: {
          apiVersion: text,
          blockOwnerDeletion: { type: 'boolean' },
          controller: { type: 'boolean' },
          kind: text,
          name: text,
          uid: text,
        },
      },
    },
    resourceVersion: { ...text, description: 'Changes with every write; opaque to clients.' },
    selfLink: { ...text, description: 'Deprecated and not set by the system.' },
    uid: { ...text, description: 'Unique in time and space.' },
  },
};
