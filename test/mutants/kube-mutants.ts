import { inFile, type Mutant, testsIn } from './mutant.ts';

const ofCache = testsIn('src/kube/cache.test.ts');
const ofWatch = testsIn('src/kube/watch.test.ts');
const ofWatched = testsIn('src/kube/watched.test.ts');
const ofElection = testsIn('src/kube/election.test.ts');
const ofQueue = testsIn('src/kube/work-queue.test.ts');
const ofClient = testsIn('src/kube/client.test.ts');

/** What is known of the server, and who may act on it. */
export const KUBE_MUTANTS: readonly Mutant[] = [
  ...inFile('src/kube/cache.ts', [
    {
      name: 'lets an older watch event overwrite an own write',
      find: 'if (old && !isNewer(object.metadata.resourceVersion, old.metadata.resourceVersion)) return false;',
      replace: '',
      killedBy: ofCache('shows an own write at once, and ignores the older events that come after it'),
    },
    {
      name: 'brings a deleted object back with a late event',
      find: 'if (this.#isBuried(object)) return false;',
      replace: '',
      killedBy: ofCache('does not bring back what an own delete removed'),
    },
    {
      name: 'brings a deleted object back with the answer to an own write',
      find: '!this.#has(object.metadata.resourceVersion) && this.#apply(object)',
      replace: 'this.#apply(object)',
      killedBy: ofCache(
        'does not show what came and went before a list that was made elsewhere, when the watch brings it late',
      ),
    },
    {
      name: 'takes a list that is older than what the watch has brought',
      find: 'if (this.#resourceVersion !== undefined && !isNewer(resourceVersion, this.#resourceVersion)) return;',
      replace: '',
      killedBy: ofCache('ignores a list that was made elsewhere and is older than what the watch has brought'),
    },
    {
      name: 'deletes a new object for an old one of its name',
      find: 'if (known?.metadata.uid !== uid) return false;',
      replace: 'if (!known) return false;',
      killedBy: ofCache(
        'takes a new object under the name of a deleted one, and keeps it when the old one is deleted late',
      ),
    },
    {
      name: 'takes an own write for a sign that nothing before it is missing',
      find: 'return !this.#has(object.metadata.resourceVersion) && this.#apply(object);',
      replace: `const isNews = !this.#has(object.metadata.resourceVersion) && this.#apply(object);
    this.#reach(object.metadata.resourceVersion);
    return isNews;`,
      killedBy: ofCache('waits until it has seen a version, which own writes do not prove'),
    },
  ]),
  ...inFile('src/api/resource-version.ts', [
    {
      name: 'reads versions as floats',
      find: 'if (a.length !== b.length) return a.length - b.length;',
      replace: 'if (Number(a) === Number(b)) return 0;\n  if (a.length !== b.length) return a.length - b.length;',
      killedBy: ofCache('compares versions as numbers of any length'),
    },
  ]),
  ...inFile('src/kube/watch.ts', [
    {
      name: 'takes a list that went backwards',
      find: 'compareVersions(resourceVersion, session.highest) < 0',
      replace: 'compareVersions(resourceVersion, resourceVersion) < 0',
      killedBy: ofWatch('refuses a list older than what it has seen, and lists until it is not'),
    },
    {
      name: 'tells what is older than what it has told',
      find: 'else if (!isNewer(version, session.position)) return;',
      replace: '',
      killedBy: ofWatch('ignores a line that comes twice, and one that is older than what was told'),
    },
    {
      name: 'goes on from a version that the server has forgotten',
      find: 'if (isGone(error) || error instanceof UndecodableLineError)',
      replace: 'if (error instanceof UndecodableLineError)',
      killedBy: ofWatch('lists again after 410 inside the stream'),
    },
    {
      name: 'misses what stood in a line that it could not read',
      find: 'if (isGone(error) || error instanceof UndecodableLineError)',
      replace: 'if (isGone(error))',
      killedBy: ofWatch('says that a line could not be read, and lists again'),
    },
    {
      name: 'listens for ever to a watch that is dead',
      find: 'if (left <= 0 && session.bookmarked)',
      replace: 'if (left < 0 && !session.bookmarked)',
      killedBy: ofWatch('finds out sooner when the server is known to send bookmarks'),
    },
  ]),
  ...inFile('src/kube/election.ts', [
    {
      name: 'judges a leader by the times that it wrote',
      find: 'return seen !== undefined && clock.monotonic() - seen.at >= duration;',
      replace: "return clock.now() - Date.parse(spec.renewTime ?? '') >= duration;",
      killedBy: ofElection('is not misled by a clock that is off by -3600000 ms'),
    },
    {
      name: 'leads past its deadline when it slept through it',
      find: ' && clock.monotonic() < term.until',
      replace: '',
      killedBy: ofElection('knows when it wakes from a pause that it is leader no more, before it has noticed'),
    },
    {
      name: 'leads on when it cannot renew',
      find: 'else end.abort(',
      replace: 'else void (',
      killedBy: ofElection('stops being leader when it cannot renew, and becomes it again'),
    },
    {
      name: 'lets go of its place while its work goes on',
      find: 'if (done) await release();',
      replace: 'await release();',
      killedBy: ofElection('leaves the Lease to its leader when the work does not end'),
    },
  ]),
  ...inFile('src/kube/work-queue.ts', [
    {
      name: 'works on one key twice at once',
      find: 'if (working.has(key)) return void (working.get(key) ?? working.set(key, turn));',
      replace: '',
      killedBy: ofQueue('runs a key again that was added while it was worked on, and never twice at once'),
    },
    {
      name: 'forgets what happened while it worked',
      find: 'if (again && !stopping.signal.aborted) ready.set(key, again);',
      replace: '',
      killedBy: ofQueue('runs a key again that was added while it was worked on, and never twice at once'),
    },
    {
      name: 'takes the latest of several times',
      find: 'if (planned && planned.due <= due) return;',
      replace: '',
      killedBy: ofQueue('adds later, at the earliest of several times'),
    },
  ]),
  ...inFile('src/kube/watched.ts', [
    {
      name: 'takes an own write for news of the watch',
      find: 'else cache?.remove(object);',
      replace: "else cache?.feed({ type: 'deleted', object });",
      killedBy: ofWatched(
        'a write of ours that ends one hides nothing that others wrote before it and that is heard of later',
      ),
    },
  ]),
  ...inFile('src/kube/retry.ts', [
    {
      name: 'repeats a write that may have been made',
      find: 'return repeatable || !error.mayHaveHappened;',
      replace: 'return repeatable || error.failure !== undefined;',
      killedBy: ofClient('a creation under a generated name is not, and says that it may have happened'),
    },
  ]),
];
