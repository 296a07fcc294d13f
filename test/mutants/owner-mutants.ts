import { inFile, type Mutant, testsIn } from './mutant.ts';

const ofOperator = testsIn('operator/operator.test.ts');
const ofOwners = testsIn('operator/owners.test.ts');
const ofSights = testsIn('operator/owner-sights.test.ts');
const ofWorkloads = testsIn('operator/workloads.test.ts');

/** Whom claims belong to, and how an operator hears that they have ended. */
export const OWNER_MUTANTS: readonly Mutant[] = [
  ...inFile('operator/facts.ts', [
    {
      name: 'lets every namespace in',
      find: 'resource !== undefined && isAllowed(resource as unknown as Lender, claim.metadata.namespace)',
      replace: 'resource !== undefined',
      killedBy: ofOperator('serves other namespaces only where it says so'),
    },
  ]),
  ...inFile('operator/owners.ts', [
    {
      name: 'asks for the owner of what is gone in a moment',
      find: 'if (isNew && age > YOUNG) looks.add(reference.uid);',
      replace: 'if (isNew) looks.add(reference.uid);',
      killedBy: ofSights('asks for nothing of jobs when the claim is gone within a second'),
    },
    {
      name: 'believes at its start in owners that may have finished long before',
      find: 'if (isNew && age > YOUNG) looks.add(reference.uid);',
      replace: 'if (age > YOUNG * 1_000) looks.add(reference.uid);',
      killedBy: ofOwners('is let go of at once when its owner, one of jobs, finished while no operator ran'),
    },
    {
      name: 'never looks again at the Pod of a waiter that was granted',
      find: 'else if (isNew || (isGranted(claim) && old && !isGranted(old)))',
      replace: 'else if (isNew)',
      killedBy: ofSights('asks for no Pod of a waiter, and once for each that holds'),
    },
    {
      name: 'ends what an owner keeps before it has looked',
      find: "state === 'presumed' ? 'alive' : state",
      replace: "state === 'presumed' ? 'unseen' : state",
      killedBy: ofOwners('outlives a ttl that is over before anybody looks at its owner'),
    },
    {
      name: 'believes for ever in an owner that it could not look at',
      find: "if (sighting === 'untold' && owner.state !== 'presumed') return;",
      replace: "if (sighting === 'untold') return;",
      killedBy: ofOwners('has its time when its owner, one of jobs, was never seen'),
    },
  ]),
  ...inFile('operator/owner-sights.ts', [
    {
      name: 'makes a watch for each of many',
      find: 'if (kin.named.size > HANDFUL)',
      replace: 'if (kin.named.size > HANDFUL * 1_000)',
      killedBy: ofSights('makes one watch for 500 of them in a namespace, which ends a while after the last'),
    },
    {
      name: 'never looks for one that is not where all are',
      find: 'kin.all.isListed() ? lookForOne(owner, signal) : undefined',
      replace: "onSeen(uid, 'alive')",
      killedBy: ofSights('finds, of 8, who is gone, and whose name another has'),
    },
  ]),
  ...inFile('operator/workload-watch.ts', [
    {
      name: 'keeps those whom a new list no longer has',
      find: 'for (const uid of known.keys()) if (!listed.has(uid)) lose(uid);',
      replace: 'listed.clear();',
      killedBy: ofSights('of 8: takes nobody for gone while the server is in trouble, and finds who went meanwhile'),
    },
    {
      name: 'never says that it cannot see whom it is asked for later',
      find: 'known.get(uid) ?? (isListed ? undefined : blindness)',
      replace: 'known.get(uid)',
      killedBy: ofOwners('has its time when its owner, one of jobs, was never seen, as others before it'),
    },
    {
      name: 'takes whom it may not read any more for gone',
      find: 'onBlind(blindness);',
      replace: 'for (const uid of known.keys()) lose(uid);',
      killedBy: ofSights(
        'of 8: says that they are out of sight once they may not be read, and when they are seen again',
      ),
    },
  ]),
  ...inFile('operator/watch-by-name.ts', [
    {
      name: 'never says again what it sees after it was blind',
      find: 'if (last && (sight || isBlind)) onSeen(last);',
      replace: 'if (last && sight) onSeen(last);',
      killedBy: ofSights(
        'of 2: says that they are out of sight once they may not be read, and when they are seen again',
      ),
    },
  ]),
  ...inFile('operator/workloads.ts', [
    {
      name: 'takes another object of the same name for the owner',
      find: "if (sight === 'missing' || sight.metadata.uid !== uid) return 'finished';",
      replace: "if (sight === 'missing') return 'finished';",
      killedBy: ofSights('finds, of 1, who is gone, and whose name another has'),
    },
    {
      name: 'takes an owner that it may not read for finished',
      find: "if (sight === 'unserved' || sight === 'unreadable') return 'unseen';",
      replace: "if (sight === 'unserved' || sight === 'unreadable') return 'finished';",
      killedBy: ofOwners('falls back on its time where its owner is of a kind that is not installed'),
    },
    {
      name: 'takes an owner of another group for a workload',
      find: 'workload.kind === kind && workload.group === split(apiVersion).group',
      replace: 'workload.kind === kind',
      killedBy: ofWorkloads('an owner of the same name in another group does no work'),
    },
    {
      name: 'takes a condition that is False for an end',
      find: "types.includes(type) && status === 'True'",
      replace: 'types.includes(type)',
      killedBy: ofWorkloads(
        'batch/v1 Job with {"conditions":[{"type":"Complete","status":"False"}]} has finished: false',
      ),
    },
    {
      name: 'ends what several own with the first of them',
      find: "(['alive', 'unseen'] as const).find((state) => states.includes(state)) ?? 'finished'",
      replace: "states.includes('finished') ? 'finished' : (states[0] ?? 'none')",
      killedBy: ofWorkloads('what several own goes with the last of them'),
    },
  ]),
  ...inFile('operator/finished-pods.ts', [
    {
      name: 'keeps what a Pod holds that has failed',
      find: "const PHASES = ['Succeeded', 'Failed'];",
      replace: "const PHASES = ['Succeeded'];",
      killedBy: ofOwners('is released when its Pod has Failed, long before its time'),
    },
  ]),
];
