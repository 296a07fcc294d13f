import { inFile, type Mutant, testsIn } from './mutant.ts';

const ofBarrier = testsIn('src/core/barrier.test.ts');
const ofOperators = testsIn('src/core/barrier-operators.test.ts');

export const BARRIER_MUTANTS: readonly Mutant[] = [
  ...inFile('src/core/barrier.ts', [
    {
      name: 'counts arrivals, not holders',
      find: '[...counted, ...joined].map(({ holder }) => holder)',
      replace: '[...counted, ...joined].map(({ metadata }) => metadata.uid)',
      killedBy: ofBarrier('counts holders, not their arrivals'),
    },
    {
      name: 'falls back from Open to Waiting',
      find: "if (phase !== 'Waiting') return phase;",
      replace: "if (phase !== 'Waiting' && phase !== 'Open') return phase;",
      killedBy: ofBarrier('stays open when more are expected'),
    },
    {
      name: 'opens a barrier that has failed',
      find: "if (phase !== 'Waiting') return phase;",
      replace: "if (phase === 'Open') return phase;",
      killedBy: ofBarrier('stays failed'),
    },
    {
      name: 'forgets an arrival that was deleted',
      find: "const onlyLive = live && phase === 'Waiting';",
      replace: "const onlyLive = phase === 'Waiting';",
      killedBy: ofBarrier('counts those whose arrival was deleted'),
    },
    {
      name: 'counts live arrivals that have gone',
      find: "const onlyLive = live && phase === 'Waiting';",
      replace: 'const onlyLive = false;',
      killedBy: ofBarrier('forgets who left before it opened'),
    },
    {
      name: 'times out in the look that sees the quorum',
      find: "if (arrived >= needed) return 'Open';",
      replace: "if (arrived >= needed && !(deadline && now.elapsed >= deadline.elapsed)) return 'Open';",
      killedBy: ofBarrier('opens when the quorum is seen with the deadline'),
    },
    {
      name: 'waits for ever when the quorum comes with the deadline',
      find: "if (arrived >= needed) return 'Open';",
      replace: "if (arrived >= needed) return deadline && now.elapsed >= deadline.elapsed ? 'Waiting' : 'Open';",
      killedBy: ofBarrier('opens when the quorum is seen with the deadline'),
    },
    {
      name: 'times out on a view that may lack somebody',
      find: 'Math.min(now.elapsed, completeUntil)',
      replace: 'now.elapsed',
      killedBy: ofBarrier('does not time out while somebody may have been overlooked'),
    },
    {
      name: 'times out by the wall clock',
      find: 'Math.min(now.elapsed, completeUntil) >= deadline.elapsed',
      replace: 'now.wall >= deadline.wall',
      killedBy: ofBarrier('waits on when the wall clock jumps ahead'),
    },
    {
      name: 'never begins the next generation',
      find: "MAX_UNTOLD_ARRIVALS && only('next', answers).length > 0",
      replace: '0',
      killedBy: ofBarrier('begins anew with the next arrival'),
    },
    {
      name: 'begins the next generation before all who are late are noted',
      find: "untold.length + only('straggler', answers).length <",
      replace: 'untold.length <',
      killedBy: ofBarrier('notes who is late before it begins the next generation, however many they are'),
    },
    {
      name: 'counts who is late for the generation that begins',
      find: "answer.is === 'straggler' ? [[arrival, answer.generation]]",
      replace: "answer.is === 'straggler' ? [[arrival, current + 1]]",
      killedBy: ofBarrier('notes who is late in a swap: the next generation would count it as well'),
    },
    {
      name: 'counts the last generation in the next',
      find: "(answer.is === 'counted' || answer.is === 'late') && answer.generation === number",
      replace: "answer.is === 'counted' || answer.is === 'late'",
      killedBy: ofBarrier('does not count the last generation in the next'),
    },
    {
      name: 'counts without a fence',
      find: 'fences: taken.length > 0,',
      replace: 'fences: false,',
      killedBy: ofBarrier(
        'notes every arrival in a swap, even of a holder that it has counted: a stale operator must fail',
      ),
    },
    {
      name: 'notes more arrivals than a status has room for',
      find: 'generation.cyclic ? MAX_UNTOLD_ARRIVALS - untold.length : Number.POSITIVE_INFINITY',
      replace: 'Number.POSITIVE_INFINITY',
      killedBy: ofBarrier('notes as many as a status has room for, and the rest once those have been told'),
    },
  ]),
  ...inFile('src/core/barrier-status.ts', [
    {
      name: 'forgets in a crash whom it had counted',
      find: 'generation.cyclic ? [...untold, ...taken] : untold',
      replace: 'untold',
      killedBy: ofOperators('let nobody through a generation that had opened before they came, and count nobody twice'),
    },
  ]),
  ...inFile('src/core/arrival-answer.ts', [
    {
      name: 'counts a late arrival in the next generation',
      find: "if (straggles) return { is: 'straggler', generation: number };",
      replace: '',
      killedBy: ofBarrier('takes who was on its way as late'),
    },
    {
      name: 'tells who is late without a note of it',
      find: "if (straggles) return { is: 'straggler', generation: number };",
      replace: "if (straggles) return { is: 'late', generation: number };",
      killedBy: ofBarrier('notes who is late in a swap: the next generation would count it as well'),
    },
    {
      name: 'counts in this generation who names one that has been',
      find: "if (asked !== undefined && asked < number) return { is: 'late', generation: asked };",
      replace: "if (asked !== undefined && asked < number) return { is: 'new' };",
      killedBy: ofBarrier('lets in who names one that has been'),
    },
    {
      name: 'turns away who comes late to an open barrier',
      find: "arrival.asked === number) return { is: 'late', generation: number };",
      replace: "arrival.asked === number) return { is: 'refused', why: 'TimedOut' };",
      killedBy: ofBarrier('lets in who comes late'),
    },
    {
      name: 'skips a generation',
      find: "phase === 'Open' && arrival.asked === number + 1 ?",
      replace: "phase === 'Open' ?",
      killedBy: ofBarrier('does not skip a generation'),
    },
    {
      name: 'counts who came after the deadline',
      find: "{ is: 'overdue' };",
      replace: "{ is: 'new' };",
      killedBy: ofBarrier('sends away who came after it'),
    },
    {
      name: 'sends away who came in time and is seen late',
      find: ' || isMadeInTime',
      replace: '',
      killedBy: ofBarrier('counts who came in time and is seen late'),
    },
    {
      name: 'does not check who may arrive',
      find: "if (!arrival.allowed) return { is: 'refused', why: 'NotAllowed' };",
      replace: '',
      killedBy: ofBarrier('refuses who may not'),
    },
  ]),
  ...inFile('src/core/arrival.ts', [
    {
      name: 'counts what an earlier barrier of its name recorded',
      find: "if (status?.phase !== 'Recorded') return false;",
      replace: "if (status?.phase !== 'Recorded' || barrier.name) return false;",
      killedBy: ofBarrier('does not count what was recorded for an earlier one'),
    },
    {
      name: 'takes a live arrival whose owner has finished for live',
      find: "metadata.deletionTimestamp === undefined && owner !== 'finished'",
      replace: "metadata.deletionTimestamp === undefined && owner !== 'none' || true",
      killedBy: ofBarrier('forgets whose owner has finished'),
    },
  ]),
  ...inFile('src/core/deadline.ts', [
    {
      name: 'trusts the clock of another machine to the second',
      find: ' - SKEW_ALLOWANCE;',
      replace: ';',
      killedBy: ofBarrier('counts on what is written after a restart, but a minute'),
    },
  ]),
];
