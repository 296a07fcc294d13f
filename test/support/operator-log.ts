import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** What an operator in a process of its own says of itself. */
export interface OperatorLog {
  /** Its port, once it listens; rejects when it ends before. */
  readonly started: Promise<number>;
  /** Kept once it decides; rejects when it ends before. */
  readonly acting: Promise<void>;
  /** Warnings and errors, as it wrote them. */
  readonly complaints: readonly string[];
  /** Kept when the process has gone. */
  readonly gone: Promise<unknown>;
}

export function operatorLog(child: ChildProcess): OperatorLog {
  const { stdout, stderr } = child;
  if (!stdout || !stderr || child.pid === undefined) throw new Error('the operator could not be started with pipes');
  const gone = once(child, 'exit');
  const started = Promise.withResolvers<number>();
  const acting = Promise.withResolvers<void>();
  const complaints: string[] = [];
  for (const stream of [stdout, stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      const { msg, port = 0, level } = lineOf(line);
      if (msg === 'started') started.resolve(port);
      if (msg === 'acting') acting.resolve();
      if (level >= WARNING) complaints.push(line);
    });
  }
  void gone.then(([code]) => {
    const error = new Error(`the operator ended with ${code}:\n${complaints.join('\n')}`);
    started.reject(error);
    acting.reject(error);
  });
  acting.promise.catch(() => {}); // whoever waits for it is told
  return { started: started.promise, acting: acting.promise, complaints, gone };
}

/** As pino numbers its levels. */
const WARNING = 40;

interface Line {
  readonly msg?: string;
  readonly port?: number;
  readonly level: number;
}

/** What is no line of the log, such as a crash's last words, is a complaint. */
function lineOf(line: string): Line {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return { level: WARNING };
  }
}
