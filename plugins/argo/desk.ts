import type { Clock } from '../../src/api/clock.ts';
import { isAborted } from '../../src/kube/errors.ts';
import { workQueue } from '../../src/kube/work-queue.ts';
import { type StepMetricsOptions, stepMetrics } from '../metrics.ts';
import type { StepRunner } from '../runner.ts';
import { answer, type Reply, type Step } from '../step.ts';
import type { Eyes } from './eyes.ts';

export interface DeskOptions extends Pick<StepMetricsOptions, 'registry' | 'door'> {
  readonly runner: StepRunner;
  readonly eyes: Eyes;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
  /** Told of a reply that differs from the one before. */
  readonly onReply?: (key: string, reply: Reply) => void;
}

/** Where steps are asked about: each is worked on when something has changed, and not because somebody asks. */
export interface Desk {
  /** Begins the step if nothing is known of it. The same key is the same step. */
  open(key: string, step: Step): void;
  /** How it stands, as of the last change; undefined while the first look is under way. */
  reply(key: string): Reply | undefined;
  /** The reply that ends the step, or what there is when that many milliseconds have passed. */
  settled(key: string, milliseconds: number): Promise<Reply | undefined>;
  isTold(key: string): boolean;
  /** Milliseconds since it was opened. */
  age(key: string): number;
  /** The engine has got the reply that ends the step. */
  told(key: string): void;
  /** Nobody waits for it any more: what it asked for is taken back, unless the engine has been told that it holds. */
  cancel(key: string): void;
  /** Another attempt at a step that failed or was withdrawn: what is left of the one before goes first. */
  reopen(key: string): void;
  /** What the reply was is not needed any more. */
  forget(key: string): void;
  stop(): Promise<void>;
}

interface Session {
  step: Step;
  since: number;
  readonly listeners: Set<() => void>;
  reply: Reply | undefined;
  unwatch: (() => void) | undefined;
  state: 'asking' | 'answered' | 'withdrawing' | 'withdrawn';
  isTold: boolean;
  isForgotten: boolean;
  /** What an earlier attempt has left must go before it asks. */
  mustClear: boolean;
  hasAskedAnew: boolean;
}

/** Replies that are kept for a repeated call; a workflow of more steps forgets its oldest. */
const MOST = 20_000;
const AT_ONCE = 16;
/** The world's trouble is looked at again after this time, when no watch tells that it is over. */
const TROUBLE = 1_000;
const TROUBLED: ReadonlySet<string> = new Set(['Unreachable', 'NotSeen', 'Leaving']);

export function desk({ runner, eyes, clock, random, registry, door, onError, onReply }: DeskOptions): Desk {
  const sessions = new Map<string, Session>();
  const metrics = stepMetrics({ registry, clock, door, waiting: () => openSteps(sessions) });

  const settle = (key: string, session: Session, reply: Reply): void => {
    const before = session.reply;
    session.reply = reply;
    if (reply.is === 'waiting') {
      if (!session.unwatch) listen(key, session);
      if (reply.lookAgainAt !== undefined) queue.addAfter(key, Math.max(0, reply.lookAgainAt - clock.now()));
      if (TROUBLED.has(reply.reason)) queue.addAfter(key, TROUBLE);
    } else {
      leave(session, 'answered');
      // a claim that was refused would be found by the next attempt, and refuse that as well
      if (reply.is === 'failed' && session.step.action === 'acquire') withdraw(key, session);
    }
    if (before?.is === reply.is && before.message === reply.message) return;
    for (const listener of session.listeners) listener();
    onReply?.(key, reply);
  };

  const listen = (key: string, session: Session): void => {
    const { step } = session;
    session.unwatch = eyes.watch(step, () => queue.add(key));
    // what came while its claim was written was told to nobody
    const view = eyes.view(step);
    if (view && answer(step, view).reply.is !== 'waiting') queue.add(key);
  };

  const leave = (session: Session, state: Session['state']): void => {
    session.state = state;
    session.unwatch?.();
    session.unwatch = undefined;
  };

  const withdraw = (key: string, session: Session): void => {
    leave(session, 'withdrawing');
    queue.add(key);
  };

  const queue = workQueue({
    async work(key, signal) {
      const session = sessions.get(key);
      if (session?.state === 'withdrawing') {
        await runner.cancel(session.step, signal);
        // another attempt may have begun meanwhile
        if (isStill(session, 'withdrawing')) session.state = 'withdrawn';
        if (session.isForgotten) sessions.delete(key);
      }
      if (session?.state !== 'asking') return;
      if (session.mustClear) await runner.cancel(session.step, signal);
      session.mustClear = false;
      let reply = await runner.ask(session.step, signal);
      if (endedUntold(reply) && !session.hasAskedAnew) {
        session.hasAskedAnew = true;
        await runner.cancel(session.step, signal);
        reply = await runner.ask(session.step, signal);
      }
      // it may have been withdrawn while it was asked about: then it is this key's turn again
      if (isStill(session, 'asking')) settle(key, session, reply);
    },
    concurrency: AT_ONCE,
    ...{ clock, random },
    onError: (_, error) => isAborted(error) || onError(error),
  });

  return {
    open(key, step) {
      if (sessions.has(key)) return;
      sessions.set(key, {
        // waiting on what is no claim leaves nothing to count the wait from
        step: { ...step, askedAt: step.askedAt ?? clock.now() },
        since: clock.monotonic(),
        ...{ listeners: new Set(), reply: undefined, unwatch: undefined, state: 'asking' },
        ...{ isTold: false, isForgotten: false, mustClear: false, hasAskedAnew: false },
      });
      queue.add(key);
      if (sessions.size > MOST) dropOldest(sessions);
    },
    reply: (key) => sessions.get(key)?.reply,
    settled(key, milliseconds) {
      const session = sessions.get(key);
      if (session?.state !== 'asking') return Promise.resolve(session?.reply);
      return new Promise((resolve) => {
        const done = () => {
          timer.cancel();
          session.listeners.delete(look);
          resolve(session.reply);
        };
        const look = () => session.reply?.is !== 'waiting' && done();
        const timer = clock.after(milliseconds, done);
        session.listeners.add(look);
      });
    },
    isTold: (key) => sessions.get(key)?.isTold === true,
    age: (key) => clock.monotonic() - (sessions.get(key)?.since ?? clock.monotonic()),
    told(key) {
      const session = sessions.get(key);
      if (!session || session.isTold) return;
      session.isTold = true;
      const { step, reply } = session;
      if (reply && reply.is !== 'waiting') metrics.ended(step, reply.is === 'failed' ? reply.reason : 'Succeeded');
    },
    cancel(key) {
      const session = sessions.get(key);
      if (!session || session.isTold || (session.state !== 'asking' && session.state !== 'answered')) return;
      metrics.ended(session.step, 'Cancelled');
      withdraw(key, session);
    },
    reopen(key) {
      const before = sessions.get(key);
      if (!before || before.state === 'asking') return;
      // a controller that is behind may offer a finished step once more: what that holds stays held
      if (before.state === 'answered' && before.reply?.is === 'succeeded') return;
      before.step = { ...before.step, askedAt: clock.now() };
      Object.assign(before, { state: 'asking', reply: undefined, since: clock.monotonic() });
      Object.assign(before, { isTold: false, isForgotten: false, mustClear: true, hasAskedAnew: false });
      queue.add(key);
    },
    forget(key) {
      const session = sessions.get(key);
      if (!session) return;
      session.isForgotten = true;
      if (session.state === 'withdrawing') return;
      session.unwatch?.();
      sessions.delete(key);
      queue.forget(key);
    },
    async stop() {
      for (const { unwatch } of sessions.values()) unwatch?.();
      await queue.stop();
      metrics.close();
      sessions.clear();
    },
  };
}

// a call may have changed what the compiler believes to know
const isStill = (session: Session, state: Session['state']): boolean => session.state === state;

/**
 * A hold of an earlier life of the step that is over, as after `argo retry`, or one that went before anybody was told:
 * nobody has worked under it, so the step asks again instead of failing.
 */
const endedUntold = (reply: Reply): boolean =>
  reply.is === 'failed' && (reply.reason === 'Expired' || reply.reason === 'Lost');

function* openSteps(sessions: ReadonlyMap<string, Session>): Iterable<Step> {
  for (const { state, step } of sessions.values()) if (state === 'asking') yield step;
}

function dropOldest(sessions: Map<string, Session>): void {
  for (const [key, { state, isTold }] of sessions) {
    if (state === 'withdrawn' || (state === 'answered' && isTold)) return void sessions.delete(key);
  }
}
