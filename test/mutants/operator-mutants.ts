import { inFile, type Mutant, testsIn } from './mutant.ts';

const ofSafety = testsIn('operator/safety.test.ts');
const ofExecutor = testsIn('operator/executor.test.ts');
const ofWriter = testsIn('operator/writer.test.ts');
const ofPatch = testsIn('operator/patch.test.ts');
const ofOperator = testsIn('operator/operator.test.ts');
const ofLifetime = testsIn('operator/lifetime.test.ts');
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
  ...inFile('operator/operator.ts', [
    {
      name: 'acts without leading',
      find: 'const alone = elected ? undefined : act(stopping.signal);',
      replace: 'const alone = act(stopping.signal);',
      killedBy: ofLifetime('acts only while it leads, and the next takes over at once'),
    },
  ]),
];
