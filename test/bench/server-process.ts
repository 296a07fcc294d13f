import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Where it is, and whom to trust there. */
export interface Place {
  readonly url: string;
  readonly ca: string | undefined;
}

/** What the process that serves can be told. */
export interface Commands {
  listen(argument: { readonly tls: boolean }): Promise<Place>;
  /** A server that reads every request and gives the same answer: what HTTP alone costs. */
  listenBare(argument: { readonly answer: string }): Promise<Place>;
  fill(argument: { readonly count: number }): Promise<void>;
  startLoad(argument: { readonly perSecond: number }): Promise<void>;
  /** The resourceVersion of every write since the load began. */
  stopLoad(argument: Record<string, never>): Promise<{ readonly versions: readonly number[] }>;
  /** Breaks every watch; tells the last version written before. */
  cut(argument: Record<string, never>): Promise<{ readonly resourceVersion: number }>;
  /** What the process has used so far, in microseconds. */
  cpu(argument: Record<string, never>): Promise<number>;
}

export interface Envelope {
  readonly id: number;
  readonly name: keyof Commands;
  readonly argument: unknown;
}

interface Reply {
  readonly id: number;
  readonly answer?: unknown;
  readonly failure?: string;
}

/** The embedded API server in a process of its own, so that it does not share an event loop with what is measured. */
export interface ServerProcess extends AsyncDisposable {
  tell<Name extends keyof Commands>(name: Name, argument: Parameters<Commands[Name]>[0]): ReturnType<Commands[Name]>;
}

export function startServerProcess(): ServerProcess {
  const child = fork(join(import.meta.dirname, 'embedded-server.ts'), { execArgv: [] });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  child.on('message', ({ id, answer, failure }: Reply) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (failure === undefined) asked?.resolve(answer);
    else asked?.reject(new Error(failure));
  });
  child.once('exit', (code) => {
    for (const asked of waiting.values()) asked.reject(new Error(`the server's process ended with ${code}`));
  });
  return {
    tell(name, argument) {
      const asked = Promise.withResolvers<unknown>();
      const id = ++last;
      waiting.set(id, asked);
      child.send({ id, name, argument } satisfies Envelope);
      return asked.promise as ReturnType<Commands[typeof name]>;
    },
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.disconnect();
  await gone;
}
