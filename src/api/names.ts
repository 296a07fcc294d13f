import * as z from 'zod';
import { printable, text } from './text.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

/** The name of an object in the same API: what Kubernetes accepts as `metadata.name`. */
export const objectName = () =>
  text(253, {
    min: 1,
    pattern: new RegExp(`^${LABEL}(\\.${LABEL})*$`),
    says: 'must be the name of an object: lower-case letters, digits, "-" and "."',
  });

export const namespaceName = () =>
  text(63, {
    min: 1,
    pattern: new RegExp(`^${LABEL}$`),
    says: 'must be the name of a namespace: lower-case letters, digits and "-"',
  });

/** Namespaces that may use an object from outside its own; `*` is every namespace. */
export const allowedNamespaces = () =>
  z
    .array(
      text(63, {
        min: 1,
        pattern: new RegExp(`^(\\*|${LABEL})$`),
        says: 'must be the name of a namespace, or "*" for every namespace',
      }),
    )
    .max(64)
    .meta({ 'x-kubernetes-list-type': 'atomic' });

/** Who holds, waits or arrived: a pod, a host, a person. */
export const holderName = () => printable(253, 1);

/** A kind that may not be ours, for gates on any resource. */
export const resourceReference = () =>
  z.strictObject({
    apiVersion: text(317, {
      min: 1,
      pattern: /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[a-z0-9]+$/,
      says: 'must be a group and version such as "apps/v1"',
    }).describe('Group and version, such as `apps/v1`.'),
    kind: text(63, {
      min: 1,
      pattern: /^[A-Z][A-Za-z0-9]*$/,
      says: 'must be a kind such as "Deployment"',
    }).describe('Kind, such as `Deployment`.'),
    name: objectName().describe('Name of the object.'),
  });
