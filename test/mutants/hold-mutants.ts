import { inFile, type Mutant, testsIn } from './mutant.ts';

const ofSemaphore = testsIn('src/core/semaphore.test.ts');
const ofOrphans = testsIn('src/core/orphan.test.ts');
const ofSight = testsIn('operator/seen.test.ts');
const ofLifetime = testsIn('operator/lifetime.test.ts');

const everOfSemaphore = testsIn('src/core/queue.property.test.ts');

/** Random histories: for bugs that nearly every one of them shows. */
const whateverHappens = everOfSemaphore(
  'keeps its promises under two operators, stale views, crashes, jumping clocks and deletion',
);

/** How long a hold lasts, what a claim is told, and with which token. */
export const HOLD_MUTANTS: readonly Mutant[] = [
  ...inFile('src/core/hold.ts', [
    {
      name: 'counts a heavy hold as one',
      find: 'sum + claim.weight',
      replace: 'sum + 1',
      killedBy: whateverHappens,
    },
    {
      name: 'takes the token from the clock',
      find: 'return Math.max(status?.token ?? createdAt, ...holds.map(({ token }) => token));',
      replace: 'return Math.floor(Date.now() / 1_000);',
      killedBy: ofSemaphore('begins above every token that an earlier one of its name gave out'),
    },
    {
      name: 'begins tokens anew with a resource of the same name',
      find: 'status?.token ?? createdAt',
      replace: 'status?.token ?? 0',
      killedBy: ofSemaphore('begins above every token that an earlier one of its name gave out'),
    },
    {
      name: 'forgets an intent that its claim does not say yet',
      find: "const isOver = claim.phase === 'Expired' || claim.phase === 'Lost';",
      replace: "const isOver = claim.phase !== 'Granted';",
      killedBy: whateverHappens,
    },
    {
      name: 'takes a claim that was told its end for a holder',
      find: 'return intent && !isOver ?',
      replace: 'return intent ?',
      killedBy: ofSemaphore('does not end a grant again that was told its end'),
    },
    {
      name: 'passes on at once what a denied claim was granted',
      find: "const isOver = claim.phase === 'Expired' || claim.phase === 'Lost';",
      replace: "const isOver = claim.phase === 'Expired' || claim.phase === 'Lost' || claim.phase === 'Denied';",
      killedBy: ofSemaphore('counts who was granted, and denied by who had not seen it, and tells it nothing more'),
    },
    {
      name: 'forgets a hold whose token nobody knows',
      find: '(told !== undefined || !intent)',
      replace: 'told !== undefined',
      killedBy: ofSemaphore('keeps a hold whose token nobody knows'),
    },
    {
      name: 'never ends a hold by its ttl',
      find: "now.elapsed >= deadline ? 'NotRenewed' : undefined",
      replace: 'now.elapsed < 0 ? undefined : undefined',
      killedBy: ofSemaphore('tells of an expiry before it passes the permit on'),
    },
    {
      name: 'ends a hold by the wall clock',
      find: "now.elapsed >= deadline ? 'NotRenewed' : undefined",
      replace: "now.wall >= parseTime(claim.status?.expiresAt ?? '') ? 'NotRenewed' : undefined",
      killedBy: ofSemaphore('reads no duration from a wall clock'),
    },
    {
      name: 'ignores that a hold was renewed',
      find: 'Math.max(seen.alive.elapsed,',
      replace: 'Math.max(seen.first.elapsed,',
      killedBy: whateverHappens,
    },
    {
      name: 'counts a hold that it only finds from when it was granted',
      find: 'return alive + livesFor(hold);',
      replace: `const grantedAt = hold.claim.status?.acquiredAt;
  const found = seen.witnessed || !grantedAt ? 0 : Math.max(0, seen.alive.wall - parseTime(grantedAt));
  return alive - found + livesFor(hold);`,
      killedBy: ofLifetime('gives a hold that it only finds its full time again'),
    },
    {
      name: 'shortens a hold when the ttl of its resource shrinks',
      find: 'Math.max(hold.claim.ttl, toldLife(hold) ?? 0)',
      replace: 'hold.claim.ttl',
      killedBy: ofSemaphore(
        'takes nothing away when its ttl has shrunk and a holder renews, who counts as it was told',
      ),
    },
    {
      name: 'ignores that an owner has finished',
      find: "if (claim.owner === 'finished') return 'OwnerFinished';",
      replace: '',
      killedBy: ofSemaphore('takes back what a finished owner left'),
    },
    {
      name: 'takes an owner that it cannot see for alive, for ever',
      find: "if (ownerRenews && owner === 'alive') return undefined;",
      replace: 'if (ownerRenews) return undefined;',
      killedBy: ofSemaphore('falls back on the ttl when the owner cannot be seen'),
    },
    {
      name: 'ends what an owner keeps by its ttl',
      find: "if (ownerRenews && owner === 'alive') return undefined;",
      replace: '',
      killedBy: ofSemaphore('keeps what its owner keeps'),
    },
    {
      name: 'gives no time to what its owner kept until it went out of sight',
      find: '(ownerRenews && ownerAlive?.elapsed) || 0',
      replace: '0',
      killedBy: ofSemaphore('gives what its owner kept a whole ttl once the owner is out of sight'),
    },
  ]),
  ...inFile('src/core/claim.ts', [
    {
      name: 'asks for no confirmation',
      find: 'spec.renewTime === undefined ? confirmWithin : undefined',
      replace: 'undefined',
      killedBy: ofSemaphore('takes back a grant that nobody confirmed'),
    },
    {
      name: 'asks for confirmation after every renewal',
      find: 'spec.renewTime === undefined ? confirmWithin : undefined',
      replace: 'confirmWithin',
      killedBy: ofSemaphore('asks for no confirmation after the first renewal'),
    },
    {
      name: 'lets a try wait for ever',
      find: 'timeout: milliseconds(spec.timeout)',
      replace: 'timeout: milliseconds(spec.timeout) || undefined',
      killedBy: ofSemaphore('tries once when the timeout is 0s'),
    },
    {
      name: 'sends a claim to the end of the queue when it is edited',
      find: 'Number(facts.seen.arrival ?? metadata.resourceVersion)',
      replace: 'Number(metadata.resourceVersion)',
      killedBy: ofSemaphore('lets a claim keep its place when it is edited'),
    },
    {
      name: 'forgets the place that a claim was told',
      find: 'status?.sequence ?? Number',
      replace: 'Number',
      killedBy: ofSemaphore('takes the place that a claim was told before any other'),
    },
  ]),
  ...inFile('src/core/answer.ts', [
    {
      name: 'drops an intent in the swap that ends its hold',
      find: 'if (losers.some(({ hold }) => hold.intent))',
      replace: 'if (losers.length < 0)',
      killedBy: everOfSemaphore(
        'grants nobody once more whose hold has ended untold, for an operator that has not seen the end',
      ),
    },
    {
      name: 'keeps no note of whom it refused',
      find: 'refused.length > 0 ? { refusals: refused.map(noteOf) } : {}',
      replace: '{}',
      killedBy: everOfSemaphore('grants nobody whom another operator has refused, and tells it so when that one died'),
    },
    {
      name: 'drops the note of a refusal before its claim says so',
      find: '[...refusedBefore, ...refused]',
      replace: 'refused',
      killedBy: ofSemaphore('keeps the note of a refusal until its claim says so, or has gone'),
    },
    {
      name: 'tells a denied claim that its hold has ended',
      find: 'outcome.ended.filter(({ hold }) => !isDenied(hold))',
      replace: 'outcome.ended',
      killedBy: ofSemaphore('passes on what a denied one held when its time is over'),
    },
    {
      name: 'gives capacity back before the claim is told',
      find: '    revoke,\n    ...(swap && { swap }),\n    announce: news',
      replace: '    revoke: [],\n    ...(swap && { swap }),\n    announce: [...revoke, ...news]',
      killedBy: ofSemaphore('takes away before its swap, and tells of nothing else before it'),
    },
  ]),
  ...inFile('src/core/claim-patches.ts', [
    {
      name: 'can tell nothing to whose conditions others have filled',
      find: '.slice(0, MAX_CONDITIONS)',
      replace: '',
      killedBy: ofSemaphore('tells a claim whose list of conditions others have filled'),
    },
    {
      name: 'forgets for how long a hold was granted',
      find: '...(ttl !== undefined && {',
      replace: '...(ttl === Number.NaN && {',
      killedBy: ofSemaphore('says how long a hold lives, whatever becomes of the semaphore'),
    },
    {
      name: 'never writes when a hold ends',
      find: '...(told.expiresAt && { expiresAt: told.expiresAt }),',
      replace: '',
      killedBy: ofSemaphore('repeats a grant that was not told with the times and the token it had'),
    },
    {
      name: 'tells a claim another token than its swap recorded',
      find: "return patch(claim, now, 'Granted', granted('True', 'Granted', message), {\n    token,",
      replace: "return patch(claim, now, 'Granted', granted('True', 'Granted', message), {\n    token: token + 1,",
      killedBy: ofSemaphore('repeats a grant that was not told with the times and the token it had'),
    },
    {
      name: 'rewrites who waits with every look',
      find: '!isTold(claim, why) && now.elapsed >= tellWaitingAt(claim)',
      replace: 'now.elapsed >= tellWaitingAt(claim)',
      killedBy: ofSemaphore('tells who waits once, with the place'),
    },
  ]),
  ...inFile('src/core/finalizer.ts', [
    {
      name: 'forgets the finalizer',
      find: "use === 'held' && !there ? 'add' : undefined",
      replace: 'undefined',
      killedBy: ofSemaphore('is protected before the first grant, and let go when it has drained and everybody knows'),
    },
    {
      name: 'lets a resource go that is held',
      find: "there && use === 'idle'",
      replace: 'there',
      killedBy: ofSemaphore('is protected before the first grant, and let go when it has drained and everybody knows'),
    },
    {
      name: 'lets a resource go before everybody knows',
      find: "there && use === 'idle'",
      replace: "there && use !== 'held'",
      killedBy: ofSemaphore('is protected before the first grant, and let go when it has drained and everybody knows'),
    },
  ]),
  ...inFile('src/core/collect.ts', [
    {
      name: 'deletes claims whose end nobody has seen',
      find: 'isOver(claim) && now.elapsed >= collectAt(claim)',
      replace: 'isOver(claim)',
      killedBy: ofSemaphore('collects claims that are over, ten minutes later'),
    },
  ]),
  ...inFile('src/core/orphan.ts', [
    {
      name: 'tells other namespaces what does not exist',
      find: 'named === undefined || named === metadata.namespace',
      replace: 'true',
      killedBy: ofOrphans('is refused where it names another namespace'),
    },
  ]),
  ...inFile('operator/seen.ts', [
    {
      name: 'begins the wait at a barrier anew with its first status',
      find: 'const generation = generationOf(resource);',
      replace: 'const generation = resource.status?.generation ?? 0;',
      killedBy: ofSight(
        'knows since when a barrier waits, which its first status does not change, and its next generation does',
      ),
    },
    {
      name: 'does not see a renewal',
      find: 'alive: renewed || granted ? moment : before.alive',
      replace: 'alive: granted ? moment : before.alive',
      killedBy: ofSight('counts from a renewal that it saw happen'),
    },
    {
      name: 'takes any edit for a renewal',
      find: 'const renewed = old.spec.renewTime !== claim.spec.renewTime;',
      replace: 'const renewed = !moved || old.spec.renewTime !== claim.spec.renewTime;',
      killedBy: ofSight('takes no other change for a renewal'),
    },
    {
      name: 'counts a grant from when its claim began to wait',
      find: 'if (facts) seen.set(uid, { ...facts, alive: now(), witnessed: false });',
      replace: 'if (facts) return;',
      killedBy: ofLifetime('does not end a grant by the time that its claim had waited'),
    },
    {
      name: 'takes a new claim for the old one of its name',
      find: 'if (old && old.metadata.uid !== claim?.metadata.uid) seen.delete(old.metadata.uid);',
      replace: `const last = old && seen.get(old.metadata.uid);
      if (old && old.metadata.uid !== claim?.metadata.uid) seen.delete(old.metadata.uid);
      if (claim && last) seen.set(claim.metadata.uid, last);`,
      killedBy: ofSight('does not take a new claim for the old one of its name'),
    },
  ]),
  ...inFile('src/api/resource-version.ts', [
    {
      name: 'compares versions as texts',
      find: 'if (a.length !== b.length) return a.length - b.length;',
      replace: '',
      killedBy: ofSemaphore('never forgets how much was taken into account'),
    },
  ]),
];
