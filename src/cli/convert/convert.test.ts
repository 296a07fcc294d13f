import { describe, expect, it } from 'vitest';
import { convertManifests } from './convert.ts';

const convert = (text: string) => convertManifests(text, 'stages.yaml');

describe('a manifest of the older group', () => {
  it('is one of ours, with its comments', () => {
    const older = `# the first stage
apiVersion: konductor.io/v1 # the old group
kind: Barrier
metadata:
  name: map-complete
spec:
  expected: 20 # 20 map tasks
  quorum: 18   # Allow 2 failures
`;
    expect(convert(older)).toEqual({
      text: `# the first stage
apiVersion: sync.konductor.io/v1 # the old group
kind: Barrier
metadata:
  name: map-complete
spec:
  expected: 20 # 20 map tasks
  quorum: 18 # Allow 2 failures
`,
      notices: [],
      problems: [],
    });
  });

  it('may stand among others, which stay as they are', () => {
    const job = `apiVersion: batch/v1
kind: Job
metadata:
  name: transform-job
`;
    const barrier = (group: string) => `apiVersion: ${group}/v1
kind: Barrier
metadata:
  name: extract-complete
spec:
  expected: 5
`;
    const { text } = convert(`${barrier('konductor.io')}---\n${job}---\n${barrier('konductor.io')}`);
    expect(text).toBe(`${barrier('sync.konductor.io')}---\n${job}---\n${barrier('sync.konductor.io')}`);
  });

  it('may be an item of a list', () => {
    const { text } = convert(
      '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"konductor.io/v1","kind":"Semaphore","metadata":{"name":"db"},"spec":{"permits":2}}]}',
    );
    expect(JSON.parse(text)).toMatchObject({ items: [{ apiVersion: 'sync.konductor.io/v1', spec: { permits: 2 } }] });
  });

  it('loses what the cluster writes, and says so', () => {
    const { text, notices } = convert(`apiVersion: konductor.io/v1
kind: Semaphore
metadata:
  name: db
  uid: 0b1c
  resourceVersion: "7"
spec:
  permits: 2
status:
  inUse: 1
`);
    expect(text).toBe(
      'apiVersion: sync.konductor.io/v1\nkind: Semaphore\nmetadata:\n  name: db\nspec:\n  permits: 2\n',
    );
    expect(notices).toEqual([
      'stages.yaml: semaphore/db: left out status, metadata.uid, metadata.resourceVersion, which the cluster writes itself',
    ]);
  });
});

describe('rights on the older group', () => {
  it('become rights on ours', () => {
    const role = (group: string) => `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: holder
rules:
  - apiGroups: [ ${group} ]
    resources: [ permits ]
    verbs: [ create ]
`;
    const { text, notices } = convert(role('konductor.io'));
    expect(text).toBe(role('sync.konductor.io'));
    expect(notices).toEqual(['stages.yaml: role/holder: its rules name sync.konductor.io now']);
  });
});

describe('what needs somebody to look at it', () => {
  it.each([
    {
      given: 'apiVersion: konductor.io/v1\nkind: Mutex\nmetadata:\n  name: m\n',
      problem: 'stages.yaml: mutex/m: sync.konductor.io has no Mutex of konductor.io/v1: left as it was',
    },
    {
      given: 'apiVersion: konductor.io/v1alpha1\nkind: Barrier\nmetadata:\n  name: b\n',
      problem: 'stages.yaml: barrier/b: sync.konductor.io has no Barrier of konductor.io/v1alpha1: left as it was',
    },
    {
      given: 'apiVersion: konductor.io/v1\nkind: Barrier\nmetadata:\n  name: b\nspec:\n  expected: 3\n  colour: red\n',
      problem: 'stages.yaml: barrier/b: spec.colour: is not a known field',
    },
    { given: 'a: [1\n', problem: expect.stringContaining('stages.yaml: ') },
    { given: '', problem: 'stages.yaml: there is nothing in it' },
  ])('$problem', ({ given, problem }) => {
    expect(convert(given).problems).toEqual([problem]);
  });
});
