import type { Clock } from '../../src/api/clock.ts';
import type { ApiServer } from '../../src/apiserver/server.ts';
import { TransportError } from '../../src/kube/errors.ts';
import { isRead, isWatchPath, type Transport } from '../../src/kube/transport.ts';
import { transportTo } from '../support/operator-world.ts';
import { type LineTrouble, troubledLine } from './line.ts';

export interface LifeOptions {
  readonly server: ApiServer;
  /** The true time. */
  readonly clock: Clock;
  /** How far its wall clock is from the true one. */
  readonly skew: number;
  readonly line: LineTrouble;
  /** Told once, when it dies of a planned crash. */
  readonly onDeath: () => void;
}

/** After how many more writes a life ends, and whether the last one is carried out. */
export interface Crash {
  readonly writes: number;
  readonly applied: boolean;
}

/** One life of an operator, from outside: its clock and its line to the server, and what can be done to both. */
export interface Life {
  readonly clock: Clock;
  readonly transport: Transport;
  /** Its wall clock jumps; its durations do not notice. */
  jump(milliseconds: number): void;
  /** As SIGSTOP: its timers, and everything it is told, wait until it is resumed. Its clock goes on. */
  pause(): void;
  resume(): void;
  /** As kill -9: nothing it asks from now on is done, and nothing it asked is answered. */
  kill(): void;
  /** Dies at a write to come. */
  plan(crash: Crash | undefined): void;
}

export function life({ server, clock, skew, line, onDeath }: LifeOptions): Life {
  const serve = transportTo(server);
  let offset = skew;
  let isDead = false;
  let crash: Crash | undefined;
  let missed: (() => void)[] | undefined;

  const resume = (): void => {
    const due = missed ?? [];
    missed = undefined;
    for (const go of due) go();
  };
  const kill = (): void => {
    isDead = true;
    resume();
  };
  const checkAlive = (): void => {
    if (isDead) throw new TransportError('reset', 'the process is dead');
  };
  /** Kept while it is not paused; rejects when it is dead. */
  const awake = async (): Promise<void> => {
    while (missed) await new Promise<void>((resolve) => missed?.push(resolve));
    checkAlive();
  };
  const die = (): void => {
    kill();
    onDeath();
  };
  /** Whether this write is the last, and is carried out. */
  const lastWrite = (): 'applied' | 'lost' | undefined => {
    if (!crash) return undefined;
    const { writes, applied } = crash;
    crash = { writes: writes - 1, applied };
    if (writes > 0) return undefined;
    return applied ? 'applied' : 'lost';
  };

  return {
    clock: {
      now: () => clock.now() + offset,
      monotonic: () => clock.monotonic(),
      after(milliseconds, callback) {
        let isCancelled = false;
        const fire = () => isCancelled || callback();
        const timer = clock.after(milliseconds, () => (missed ? missed.push(fire) : fire()));
        return {
          cancel() {
            isCancelled = true;
            timer.cancel();
          },
        };
      },
    },
    async transport(request) {
      checkAlive();
      const last = isRead(request.method) ? undefined : lastWrite();
      if (last === 'lost') die();
      checkAlive();
      const response = await serve(request);
      // unless the plan was dropped meanwhile
      if (last === 'applied' && crash) die();
      await awake().catch((error) => {
        // its connections go with it
        void response.body[Symbol.asyncIterator]().return?.();
        throw error;
      });
      if (!isWatchPath(request.path)) return response;
      return { ...response, body: troubledLine(response.body, { clock, line, awake }) };
    },
    jump(milliseconds) {
      offset += milliseconds;
    },
    pause() {
      if (!isDead) missed ??= [];
    },
    resume,
    kill,
    plan(planned) {
      crash = planned;
    },
  };
}
