import { describe, expect, it } from 'vitest';
import type { KubeObject, ObjectMeta } from '../src/api/metadata.ts';
import type { ClaimPatch, Decision } from '../src/core/decision.ts';
import { FINALIZER } from '../src/core/finalizer.ts';
import { carryOut, isPostponed } from './executor.ts';
import type { AnyObject, Writer, Written } from './writer.ts';

const metadata = (name: string): ObjectMeta => ({
  name,
  namespace: 'default',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});
const db: AnyObject = {
  apiVersion: 'v1',
  kind: 'Semaphore',
  metadata: metadata('db'),
  status: { inUse: 1, gone: true },
};
const tells = (...names: readonly string[]): ClaimPatch[] =>
  names.map((name) => ({ claim: metadata(name), status: { phase: 'X' }, reason: 'X', message: 'x' }));
const decision = (parts: Partial<Decision<object>>): Decision<object> => ({
  revoke: [],
  announce: [],
  collect: [],
  ...parts,
});
const swap = { status: { inUse: 2 }, urgent: true };

/** Carries it out and writes down what was written; some writes are refused, or fail. */
async function run(
  parts: Partial<Decision<object>>,
  { refuses = [], fails = [], settled = false, resource = db }: Partial<Run> = {},
): Promise<{ readonly writes: readonly string[]; readonly came: string; readonly told: readonly string[] }> {
  const writes: string[] = [];
  const told: string[] = [];
  const write = async (what: string, object: KubeObject, detail: unknown): Promise<Written> => {
    const { name } = object.metadata;
    writes.push(`${what} ${name}${detail === undefined ? '' : ` ${JSON.stringify(detail)}`}`);
    await Promise.resolve();
    if (fails.includes(name)) throw new Error(`${name} failed`);
    return refuses.includes(name) ? 'refused' : 'written';
  };
  const resources: Writer = {
    patchStatus: (object, status) => write('swap', object, status),
    setFinalizers: (object, finalizers) => write('finalizers', object, finalizers),
    delete: (object) => write('delete', object, undefined),
  };
  const claims: Writer = { ...resources, patchStatus: (object) => write('tell', object, undefined) };
  const came = await carryOut(
    resource,
    decision(parts),
    {
      resources,
      claims,
      onTold: ({ claim }) => told.push(claim.name),
      onSwapped: () => {},
      signal: new AbortController().signal,
    },
    { settled },
  ).catch((error: Error) => error.message);
  return { writes, came, told };
}

interface Run {
  readonly refuses: readonly string[];
  readonly fails: readonly string[];
  readonly settled: boolean;
  readonly resource: AnyObject;
}

describe('a decision is carried out', () => {
  const all = { revoke: tells('loser'), swap, announce: tells('winner'), collect: [metadata('old')] };

  it('in the order revoke, swap, announce, collect', async () => {
    const { writes, came } = await run(all);
    expect(writes).toEqual(['tell loser', 'swap db {"inUse":2,"gone":null}', 'tell winner', 'delete old']);
    expect(came).toBe('done');
  });

  it.each<[promise: string, who: string, writes: number]>([
    ['stops when a claim refuses to lose', 'loser', 1],
    ['stops when the swap is refused', 'db', 2],
    ['goes on when a claim refuses its news, and decides again', 'winner', 4],
  ])('%s', async (_, who, writes) => {
    const result = await run(all, { refuses: [who] });
    expect(result.writes).toHaveLength(writes);
    expect(result.came).toBe('again');
    expect(result.told).not.toContain(who);
  });

  it.each<[promise: string, who: string, writes: number]>([
    ['stops when taking away fails', 'loser', 1],
    ['stops when the swap fails', 'db', 2],
    ['stops when telling fails', 'winner', 3],
  ])('%s', async (_, who, writes) => {
    const result = await run(all, { fails: [who] });
    expect(result.writes).toHaveLength(writes);
    expect(result.came).toBe(`${who} failed`);
  });

  it('tells everybody else when one cannot be told', async () => {
    const { told } = await run({ announce: tells('a', 'b', 'c') }, { fails: ['b'] });
    expect(told).toEqual(['a', 'c']);
  });

  it('adds the finalizer before anything else, and then decides again', async () => {
    const { writes, came } = await run({ ...all, finalizer: 'add' });
    expect(writes).toEqual([`finalizers db ["${FINALIZER}"]`]);
    expect(came).toBe('again');
  });

  it('takes away its own finalizer only, last', async () => {
    const resource = { ...db, metadata: { ...db.metadata, finalizers: ['other', FINALIZER] } };
    const { writes } = await run({ announce: tells('a'), finalizer: 'remove' }, { resource });
    expect(writes).toEqual(['tell a', 'finalizers db ["other"]']);
  });

  it('leaves a swap that nobody waits for until the resource rests', async () => {
    const later = { swap: { ...swap, urgent: false }, announce: tells('a') };
    expect((await run(later)).writes).toEqual(['tell a']);
    expect((await run(later, { settled: true })).writes).toEqual(['swap db {"inUse":2,"gone":null}', 'tell a']);
    expect(isPostponed(decision(later), false)).toBe(true);
    expect(isPostponed(decision(later), true)).toBe(false);
  });

  it('makes a swap that changes nothing: it fences', async () => {
    const { writes } = await run({ swap: { status: db.status ?? {}, urgent: true } });
    expect(writes).toEqual(['swap db {}']);
  });
});
