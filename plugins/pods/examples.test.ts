import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { GATED_LABEL } from '../../src/api/gated-pod.ts';
import { needsOf } from './needs.ts';

const FOLDER = join(import.meta.dirname, '../../examples/pods');

interface Template {
  readonly metadata?: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
}

/** Everything that carries the label, wherever it stands in a manifest. */
function* gatedIn(value: unknown): Generator<Template> {
  if (typeof value !== 'object' || value === null) return;
  if ((value as Template).metadata?.labels?.[GATED_LABEL] === 'true') yield value as Template;
  for (const part of Object.values(value)) yield* gatedIn(part);
}

const gated = readdirSync(FOLDER).flatMap((file) =>
  parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8'))
    .flatMap((document) => [...gatedIn(document.toJS())])
    .map((template) => [file, template] as const),
);

describe('the examples of gated Pods', () => {
  it('are there', () => {
    expect(gated.length).toBeGreaterThanOrEqual(7);
  });

  it.each(gated)('%s asks for what a Pod can have', (_, { metadata }) => {
    const { needs, problem } = needsOf({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...{
          name: 'pod',
          namespace: 'default',
          uid: 'u',
          resourceVersion: '1',
          creationTimestamp: '2026-01-01T00:00:00Z',
        },
        annotations: metadata?.annotations ?? {},
      },
      spec: {},
    });
    expect(problem).toBeUndefined();
    expect(needs?.steps.length).toBeGreaterThan(0);
  });
});
