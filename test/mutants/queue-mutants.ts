import { inFile, type Mutant, testsIn } from './mutant.ts';

const ofSemaphore = testsIn('src/core/semaphore.test.ts');
const ofLease = testsIn('src/core/lease.test.ts');
const everOfSemaphore = testsIn('src/core/queue.property.test.ts');
const ofNamespaces = testsIn('src/core/allowed.test.ts');

/** Who is granted, who waits, who is refused: semaphores and leases. */
export const QUEUE_MUTANTS: readonly Mutant[] = [
  ...inFile('src/core/queue.ts', [
    {
      name: 'grants without comparing with the limit',
      find: 'let free = capacity - weightOf(holds);',
      replace: 'let free = Number.POSITIVE_INFINITY;',
      killedBy: ofSemaphore('never passes its limit'),
    },
    {
      name: 'takes one permit for a heavy claim',
      find: 'free -= next.weight;',
      replace: 'free -= 1;',
      killedBy: ofSemaphore('counts weight'),
    },
    {
      name: 'grants a claim more than is free',
      find: 'if (claim.weight <= free) return claim;',
      replace: 'return claim;',
      killedBy: ofSemaphore('is not overtaken in strict order'),
    },
    {
      name: 'lets lighter claims pass in strict order',
      find: 'if (!passable(claim)) return undefined;',
      replace: '',
      killedBy: ofSemaphore('is not overtaken in strict order'),
    },
    {
      name: 'grants only to the front of the queue',
      find: 'while (free > 0) {',
      replace: 'while (free > 0 && due.length === 0) {',
      killedBy: ofSemaphore('grants all that fit in one pass'),
    },
    {
      name: 'records more grants in one swap than its list has room for',
      find: 'thatFit(due, untold.length)',
      replace: 'due',
      killedBy: ofSemaphore('grants no more in one swap than its list can hold, and the rest in the next'),
    },
    {
      name: 'records more refusals in one swap than its lists have room for',
      find: 'sentAway.slice(0, MAX_UNTOLD_CLAIMS - refusedBefore.length)',
      replace: 'sentAway',
      killedBy: ofSemaphore('refuses no more in one swap than its lists can hold, and the rest in the next'),
    },
    {
      name: 'lets claims that nobody can write fill the list for good',
      find: 'const KEPT_FOR_THE_TOLD = 64;',
      replace: 'const KEPT_FOR_THE_TOLD = 0;',
      killedBy: ofSemaphore('goes on while many grants cannot be told: with those whom it has told something'),
    },
    {
      name: 'looks without a pause whether a full list has room',
      find: 'isFull && makesRoom ?',
      replace: 'isFull ?',
      killedBy: ofSemaphore('does not look again and again at a list that is full of grants that cannot be told'),
    },
    {
      name: 'forgets for whom there was no room',
      find: 'noted.length < sentAway.length',
      replace: 'noted.length < 0',
      killedBy: ofSemaphore('refuses no more in one swap than its lists can hold, and the rest in the next'),
    },
    {
      name: 'grants whom an earlier swap has refused',
      find: 'const refusedBefore = refusalsOf(unheld, queue.refusals);',
      replace: 'const refusedBefore = refusalsOf(unheld, []);',
      killedBy: everOfSemaphore('grants nobody whom another operator has refused, and tells it so when that one died'),
    },
    {
      name: 'reopens a claim that was told its end',
      find: "claim.phase === 'Pending' && !held.has(claim)",
      replace: "claim.phase !== 'Granted' && !held.has(claim)",
      killedBy: ofSemaphore('grants nothing to a claim that is over'),
    },
    {
      name: 'grants to a claim that is being deleted',
      find: '=> !leaving && unwritableUntil === undefined,',
      replace: '=> unwritableUntil === undefined,',
      killedBy: ofSemaphore('grants nothing to who is leaving'),
    },
    {
      name: 'ends an intent by the time its waiter had',
      find: 'const why = endingOf(hold, now) ??',
      replace:
        "const why = endingOf(hold, now) ?? (hold.intent && isOutOfTime(hold.claim, now) ? 'NotRenewed' : undefined) ??",
      killedBy: ofSemaphore('never ends a grant by the time its waiter had'),
    },
    {
      name: 'takes permits away when it shrinks',
      find: 'const why = endingOf(hold, now) ??',
      replace: "const why = endingOf(hold, now) ?? (weightOf(all) > queue.capacity ? 'Preempted' : undefined) ??",
      killedBy: ofSemaphore('takes nothing away when it shrinks'),
    },
    {
      name: 'refuses without a fence',
      find: 'granted.length > 0 || refused.length > 0',
      replace: 'granted.length > 0',
      killedBy: everOfSemaphore('refuses nobody whom another operator has granted'),
    },
    {
      name: 'grants without a fence',
      find: 'granted.length > 0 || refused.length > 0',
      replace: 'refused.length > 0',
      killedBy: ofSemaphore('is in no hurry when only counters have changed'),
    },
    {
      name: 'does not check who may use it',
      find: "if (!claim.allowed) return 'NotAllowed';",
      replace: '',
      killedBy: ofSemaphore('refuses at once who may not'),
    },
    {
      name: 'tells who may not use it what there is',
      find: "if (!claim.allowed) return 'NotAllowed';",
      replace: "if (!claim.allowed) return claim.weight > capacity ? 'TooHeavy' : 'NotAllowed';",
      killedBy: ofSemaphore('keeps silent about what exists elsewhere'),
    },
    {
      name: 'grants while it is being deleted',
      find: "if (closing) return 'Terminating';",
      replace: '',
      killedBy: ofSemaphore('grants nothing while it is being deleted'),
    },
    {
      name: 'grants to a claim whose owner has finished',
      find: "if (claim.owner === 'finished') return 'OwnerFinished';",
      replace: '',
      killedBy: ofSemaphore('sends away a waiter whose owner has finished'),
    },
    {
      name: 'lets wait what can never fit',
      find: "return claim.weight > capacity ? 'TooHeavy' : undefined;",
      replace: 'return undefined;',
      killedBy: ofSemaphore('refuses at once what can never fit'),
    },
    {
      name: 'preempts for somebody whose time was over first',
      find: 'outranks(claim, hold) && (givesUpAt(claim) ?? Number.POSITIVE_INFINITY) >= time',
      replace: 'outranks(claim, hold)',
      killedBy: ofLease('takes nothing for one whose time was over first'),
    },
    {
      name: 'does not look again when a hold ends',
      find: '...goOn.map(endsAt),',
      replace: '',
      killedBy: ofSemaphore('looks again when the first hold ends, a waiter gives up, or somebody is to be told'),
    },
  ]),
  ...inFile('src/core/order.ts', [
    {
      name: 'ignores priority',
      find: 'b.priority - a.priority || byArrival(a, b)',
      replace: 'byArrival(a, b)',
      killedBy: ofSemaphore('lets a higher priority go first'),
    },
    {
      name: 'grants in the order of names',
      find: 'a.sequence - b.sequence',
      replace: 'a.metadata.name < b.metadata.name ? -1 : 1',
      killedBy: ofSemaphore('grants in order of arrival, whatever the names'),
    },
    {
      name: 'grants in the order of the list',
      find: 'a.sequence - b.sequence',
      replace: '0',
      killedBy: ofSemaphore('grants in order of arrival'),
    },
    {
      name: 'lets the patient starve',
      find: 'token % OVERDUE_SHARE === 0 ?',
      replace: 'token < 0 ?',
      killedBy: everOfSemaphore('lets nobody starve: who is overdue gets every fourth grant'),
    },
    {
      name: 'lets a heavy claim be passed for ever',
      find: "ordering === 'BestEffort' && now.elapsed - claim.seen.first.elapsed < BYPASS_FOR",
      replace: "ordering === 'BestEffort'",
      killedBy: ofSemaphore('lets nobody pass for ever'),
    },
  ]),
  ...inFile('src/core/preemption.ts', [
    {
      name: 'preempts for an equal priority',
      find: 'claim.priority > hold.claim.priority',
      replace: 'claim.priority >= hold.claim.priority',
      killedBy: ofLease('is waited for by an equal priority'),
    },
    {
      name: 'preempts without the grace',
      find: 'isRevoked(claim.status) ? (claim.seen.revoked ?? now).elapsed + gracePeriod : undefined',
      replace: 'isRevoked(claim.status) ? Number.NEGATIVE_INFINITY : undefined',
      killedBy: ofLease('leaves the holder its grace'),
    },
    {
      name: 'preempts who was never asked to let go',
      find: 'isRevoked(claim.status) ? (claim.seen.revoked ?? now).elapsed + gracePeriod : undefined',
      replace: '(claim.seen.revoked ?? claim.seen.alive).elapsed + gracePeriod',
      killedBy: ofLease('takes nothing from who has not been asked'),
    },
    {
      name: 'never takes back that it asked a holder to let go',
      find: 'if (!wanted) {',
      replace: 'if (!wanted) {\n    return undefined;',
      killedBy: ofLease('takes the request back when nobody of higher priority is left'),
    },
  ]),
  ...inFile('src/core/lease.ts', [
    {
      name: 'gives what was taken for one to another',
      find: 'patience: patienceOf(lease),',
      replace: 'patience: PATIENCE,',
      killedBy: ofLease('makes nobody wait by patience where priority takes'),
    },
    {
      name: 'has two holders',
      find: 'capacity: 1,',
      replace: 'capacity: 2,',
      killedBy: ofLease('has one holder'),
    },
  ]),
  ...inFile('src/core/semaphore.ts', [
    {
      name: 'shows less than nothing as available',
      find: 'Math.max(0, spec.permits - inUse)',
      replace: 'spec.permits - inUse',
      killedBy: ofSemaphore('says that more is held than there is, and when that is over'),
    },
    {
      name: 'drops an intent before its claim says so',
      find: 'untold(holds).flatMap(',
      replace: 'untold(outcome.granted).flatMap(',
      killedBy: ofSemaphore('keeps an intent until its claim says so'),
    },
    {
      name: 'lets a claim ask for more time than it may',
      find: 'Math.min(asked, longest)',
      replace: 'asked',
      killedBy: ofSemaphore('caps what may be asked for'),
    },
  ]),
  ...inFile('src/core/watermark.ts', [
    {
      name: 'does not count that a listed claim has gone',
      find: 'gone.flatMap((claim) => goneBy(claim) ?? [])',
      replace: '[]',
      killedBy: everOfSemaphore('grants nobody once more who has gone, for an operator that has not seen it go'),
    },
    {
      name: 'forgets how much an earlier swap had seen',
      find: 'undefined : status?.watermark,',
      replace: 'undefined : undefined,',
      killedBy: ofSemaphore('never forgets how much was taken into account'),
    },
    {
      name: "believes another cluster's watermark for ever",
      find: '!isNewer(resourceVersion, watermark)',
      replace: 'isNewer(resourceVersion, watermark) && false',
      killedBy: ofSemaphore(
        'believes no watermark that is not older than the semaphore itself: no swap of it can have seen that',
      ),
    },
  ]),
  ...inFile('src/core/refusal.ts', [
    {
      name: 'forgets why it refused',
      find: 'reason: why,',
      replace: "reason: 'TimedOut',",
      killedBy: ofSemaphore('keeps the note of a refusal until its claim says so, or has gone'),
    },
  ]),
  ...inFile('src/core/swap.ts', [
    {
      name: 'writes only to drop what has been told',
      find: '({ watermark: _, intents: __, refusals: ___, ...rest }: Status)',
      replace: '({ watermark: _, ...rest }: Status)',
      killedBy: ofSemaphore('writes nothing only to drop what has been told'),
    },
    {
      name: 'makes no swap that only fences',
      find: '!fences && before &&',
      replace: 'before &&',
      killedBy: ofSemaphore('refuses under the fence, though its status says so already'),
    },
    {
      name: 'writes what was taken into account for its own sake',
      find: '({ watermark: _, intents: __, refusals: ___, ...rest }: Status)',
      replace: '({ intents: __, refusals: ___, ...rest }: Status)',
      killedBy: ofSemaphore('writes nothing because a claim that changes nothing has a newer version'),
    },
  ]),
  ...inFile('src/core/allowed.ts', [
    {
      name: 'lets in a namespace by a part of its name',
      find: 'allowed.includes(namespace)',
      replace: 'allowed.some((one) => one.startsWith(namespace))',
      killedBy: ofNamespaces('a part of a name is not the name'),
    },
  ]),
];
