import { inFile, type Mutant, testsIn } from './mutant.ts';

const ofSafety = testsIn('operator/safety.test.ts');
const ofExecutor = testsIn('operator/executor.test.ts');
const ofWriter = testsIn('operator/writer.test.ts');
const ofPatch = testsIn('operator/patch.test.ts');
const ofOperator = testsIn('operator/operator.test.ts');
const ofLifetime = testsIn('operator/lifetime.test.ts');
const ofOwners = testsIn('operator/owners.test.ts');
const ofSights = testsIn('operator/owner-sights.test.ts');
const ofWorkloads = testsIn('operator/workloads.test.ts');
const ofGates = testsIn('operator/gates.test.ts');
const ofKindCache = testsIn('src/kube/kind-cache.test.ts');

/** How a decision is carried out, and what it is made from. */
export const OPERATOR_MUTANTS: readonly Mutant[] = [
  ...inFile('operator/writer.ts', [
    {
      name: 'swaps without a resourceVersion',
      find: 'const how = { resourceVersion,',
      replace: "const how = { ...('kind' in object ? {} : { resourceVersion }),",
      killedBy: ofSafety('for two operators that swap at once, for different claims'),
    },
    {
      name: 'tells a claim without its resourceVersion',
      find: 'const how = { resourceVersion,',
      replace: "const how = { ...('kind' in object ? { resourceVersion } : {}),",
      killedBy: ofSafety('ends no hold that was renewed'),
    },
    {
      name: 'collects by name, not by uid',
      find: '{ uid, signal: options.hard, retry: NO_RETRY }',
      replace: '{ signal: options.hard, retry: NO_RETRY }',
      killedBy: ofWriter('deletes nothing but what was decided on, whatever has its name by now'),
    },
    {
      name: 'keeps an own write from the cache',
      find: 'if (answer) options.applyOwn(answer);\n      else cache.remove(object);',
      replace: 'if (!answer) cache.remove(object);',
      killedBy: ofWriter('takes its answer into the cache'),
    },
    {
      name: 'takes a write whose answer was lost for one that failed',
      find: 'if (mayHaveHappened(error) || isRefused)',
      replace: 'if (isRefused)',
      killedBy: ofWriter('reads back what may have happened'),
    },
    {
      name: 'takes a kind that is not served for a moment for an object that is gone',
      find: 'isNotFound(error) && error.details.name === name',
      replace: 'isNotFound(error)',
      killedBy: ofWriter('removes nothing because a kind is not served for a moment'),
    },
    {
      name: 'takes another object of the same name for the one it knew',
      find: 'if (fresh.metadata.uid !== uid) cache.remove(object);',
      replace: '',
      killedBy: ofWriter('knows that another of its name is another'),
    },
  ]),
  ...inFile('operator/executor.ts', [
    {
      name: 'swaps before it takes away',
      find: `if (hasRefusal(await tell(decision.revoke))) return 'again';

  signal.throwIfAborted();
  if (resource && isDue(decision, settled) && (await swap(resource, decision, hands)) === 'refused') return 'again';
`,
      replace: `if (resource && isDue(decision, settled) && (await swap(resource, decision, hands)) === 'refused') return 'again';
  if (hasRefusal(await tell(decision.revoke))) return 'again';
`,
      killedBy: ofExecutor('in the order revoke, swap, announce, collect'),
    },
    {
      name: 'gives capacity back although the claim refused to lose',
      find: "if (hasRefusal(await tell(decision.revoke))) return 'again';",
      replace: 'await tell(decision.revoke);',
      killedBy: ofExecutor('stops when a claim refuses to lose'),
    },
    {
      name: 'tells of grants although the swap was refused',
      find: "if (resource && isDue(decision, settled) && (await swap(resource, decision, hands)) === 'refused') return 'again';",
      replace: 'if (resource && isDue(decision, settled)) await swap(resource, decision, hands);',
      killedBy: ofExecutor('stops when the swap is refused'),
    },
    {
      name: 'tells of grants before the swap',
      find: "if (resource && isDue(decision, settled) && (await swap(resource, decision, hands)) === 'refused') return 'again';",
      replace: `await tell(decision.announce);
  if (resource && isDue(decision, settled) && (await swap(resource, decision, hands)) === 'refused') return 'again';`,
      killedBy: ofExecutor('in the order revoke, swap, announce, collect'),
    },
    {
      name: 'makes no swap that changes nothing',
      find: 'const patch = patchOf(resource.status, decision.swap?.status ?? {}) ?? {};',
      replace: `const patch = patchOf(resource.status, decision.swap?.status ?? {});
  if (!patch) return 'written';`,
      killedBy: ofExecutor('makes a swap that changes nothing: it fences'),
    },
    {
      name: 'never writes a swap that nobody waits for',
      find: 'swap !== undefined && (swap.urgent || settled)',
      replace: 'swap !== undefined && swap.urgent',
      killedBy: ofExecutor('leaves a swap that nobody waits for until the resource rests'),
    },
    {
      name: 'writes every swap at once',
      find: 'swap !== undefined && (swap.urgent || settled)',
      replace: 'swap !== undefined',
      killedBy: ofExecutor('leaves a swap that nobody waits for until the resource rests'),
    },
    {
      name: 'grants in the look that adds the finalizer',
      find: "await resources.setFinalizers(resource, [...finalizersOf(resource), FINALIZER]);\n    return 'again';",
      replace: 'await resources.setFinalizers(resource, [...finalizersOf(resource), FINALIZER]);',
      killedBy: ofExecutor('adds the finalizer before anything else, and then decides again'),
    },
    {
      name: "takes away somebody else's finalizer",
      find: 'finalizersOf(resource).filter((finalizer) => finalizer !== FINALIZER)',
      replace: 'finalizersOf(resource).slice(0, 0)',
      killedBy: ofExecutor('takes away its own finalizer only, last'),
    },
  ]),
  ...inFile('operator/patch.ts', [
    {
      name: 'leaves fields in a status that are gone',
      find: 'return old === undefined ? undefined : null;',
      replace: 'return undefined;',
      killedBy: ofPatch('has null for what is gone'),
    },
  ]),
  ...inFile('operator/freshness.ts', [
    {
      name: 'decides on claims older than what the last swap had seen',
      find: 'return cache.isBehind(watermark) ? cache.reach(watermark, signal) : undefined;',
      replace: 'return undefined;',
      killedBy: ofSafety('for an operator that sees a swap and not yet the claims it was about'),
    },
    {
      name: 'decides on what claims were before their resource was made anew',
      find: 'if (!watermark) return cache.isBehind(first) ? cache.refresh(signal) : undefined;',
      replace: 'if (!watermark) return undefined;',
      killedBy: ofSafety(
        'for an operator that has not heard what became of claims before their resource was made anew',
      ),
    },
    {
      name: 'refuses a claim because its resource is not heard of yet',
      find: 'if (!looksForMissing || claims?.cache.on(key).length === 0) return undefined;',
      replace: 'if (key) return undefined;',
      killedBy: ofSafety('refuses no claim whose semaphore it has not heard of'),
    },
  ]),
  ...inFile('operator/unwritable.ts', [
    {
      name: 'lets a claim that cannot be written keep everybody from theirs',
      find: 'if (isForGood(error)) refused.set(',
      replace: 'if (error === undefined) refused.set(',
      killedBy: ofSafety('keeps what it holds, and nobody else from theirs'),
    },
  ]),
  ...inFile('operator/controller.ts', [
    {
      name: 'waits for its next poll when a claim is made',
      find: 'if (after !== undefined) wake(after);',
      replace: '',
      killedBy: ofSafety('a cycle that follows another takes four'),
    },
    {
      name: 'waits for its next poll when a claim is deleted',
      find: 'if (before !== undefined && before !== after) wake(before);',
      replace: '',
      killedBy: ofOperator('is granted, queued for, passed on and released'),
    },
    {
      name: 'does not look again when the time has come',
      find: 'if (isLater(decision.wakeAt, now)) queue?.addAfter(key, decision.wakeAt - now.elapsed);',
      replace: '',
      killedBy: ofOperator('gives back what was not renewed, in time and not before'),
    },
    {
      name: 'lets a gate see what it may not',
      find: "return isForeign ? { state: 'forbidden' } : sight;",
      replace: 'return isForeign ? sight : sight;',
      killedBy: ofGates('does not look into other namespaces that do not let it'),
    },
    {
      name: 'times a barrier out without asking who came',
      find: 'const completeUntil = claims?.cache.completeUntil ?? now.elapsed;',
      replace: 'const completeUntil = now.elapsed;',
      killedBy: ofSafety('fails no barrier whose last arrival it has not heard of'),
    },
  ]),
  ...inFile('src/kube/kind-cache.ts', [
    {
      name: 'shares a list that may have been made too early',
      find: 'if (!current) {\n      current =',
      replace: 'if (current) return current;\n    if (!current) {\n      current =',
      killedBy: ofKindCache('lists anew for who asks while a list is under way'),
    },
    {
      name: 'says that there is none before it has listed',
      find: "if (part?.cache.resourceVersion === undefined || !isWatched) return 'unseen';",
      replace: "if (!part || !isWatched) return 'unseen';",
      killedBy: ofKindCache('says that there is none only of what it has listed'),
    },
    {
      name: 'says that there is none in a namespace that it does not watch',
      find: "if (part?.cache.resourceVersion === undefined || !isWatched) return 'unseen';",
      replace: "if (part?.cache.resourceVersion === undefined) return 'unseen';",
      killedBy: ofKindCache('says that there is none only of what it has listed'),
    },
  ]),
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
  ...inFile('operator/operator.ts', [
    {
      name: 'acts without leading',
      find: 'const alone = elected ? undefined : act(stopping.signal);',
      replace: 'const alone = act(stopping.signal);',
      killedBy: ofLifetime('acts only while it leads, and the next takes over at once'),
    },
  ]),
];
