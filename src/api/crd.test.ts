import { describe, expect, it } from 'vitest';
import { crdOf } from './crd.ts';
import { KINDS } from './kinds.ts';
import { type StructuralSchema, structuralSchema } from './structural.ts';

interface Place {
  readonly path: string;
  readonly schema: StructuralSchema;
}

function placesIn(schema: StructuralSchema, path: string): Place[] {
  return [
    { path, schema },
    ...Object.entries(schema.properties ?? {}).flatMap(([key, child]) => placesIn(child, `${path}.${key}`)),
    ...(schema.items ? placesIn(schema.items, `${path}[]`) : []),
  ];
}

const PLACES = KINDS.flatMap((kind) => {
  const { spec = {}, status = {} } = structuralSchema(kind).properties ?? {};
  return [...placesIn(spec, `${kind.kind}.spec`), ...placesIn(status, `${kind.kind}.status`)];
});

const named = (places: readonly Place[]): string[] => places.map(({ path }) => path);

describe('the schema of every kind', () => {
  it('bounds every text, list and number, so that rules are cheap and no object is huge', () => {
    const unbounded = PLACES.filter(({ path, schema }) => {
      if (schema.type === 'string') return schema.maxLength === undefined && schema.enum === undefined;
      if (schema.type === 'array') return schema.maxItems === undefined;
      if (schema.type === 'integer') return schema.minimum === undefined || schema.maximum === undefined;
      return schema.type === undefined || (schema.type === 'number' && !path);
    });
    expect(named(unbounded)).toEqual([]);
  });

  it('says what every field means', () => {
    const silent = PLACES.filter(({ path, schema }) => !schema.description && !path.endsWith('[]'));
    expect(named(silent)).toEqual([]);
  });

  it('says how every list is merged', () => {
    const unsaid = PLACES.filter(({ schema }) => schema.type === 'array' && !schema['x-kubernetes-list-type']);
    expect(named(unsaid)).toEqual([]);
  });

  it('has no pattern that the server, whose patterns are RE2, would read in another way', () => {
    const strange = PLACES.filter(({ schema }) => /\(\?[=!<]|\\[dDwWsSbB1-9]/.test(schema.pattern ?? ''));
    expect(named(strange)).toEqual([]);
  });

  it('has nothing that a structural schema may not have', () => {
    const text = JSON.stringify(KINDS.map(crdOf));
    expect(text).not.toMatch(/"(\$ref|\$schema|anyOf|oneOf|allOf|additionalProperties|const)":/);
  });
});

describe('the short names', () => {
  it('are those people learn, and none is that of a Kubernetes kind', () => {
    expect(KINDS.map(({ shortName }) => shortName)).toEqual([
      'ksem',
      'kpermit',
      'kbar',
      'karr',
      'klease',
      'kreq',
      'kgate',
    ]);
  });
});
