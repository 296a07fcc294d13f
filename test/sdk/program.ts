import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundleLibrary } from '../../scripts/build-library.ts';
import { ROOT } from '../../scripts/files.ts';

/** The library as it is shipped, where its dependencies are found. */
export interface Library extends Disposable {
  readonly folder: string;
}

export async function builtLibrary(): Promise<Library> {
  const cache = join(ROOT, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'konductor-sdk-'));
  await bundleLibrary(folder);
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A program that runs in a process of its own. */
export interface Program {
  /** The lines it has printed so far. */
  readonly lines: readonly string[];
  /** The first line that has this in it, as soon as it is printed; fails when the program ends without it. */
  says(text: string): Promise<string>;
  /** Everything it printed, once it has ended well; fails with its last words when it has not. */
  ends(): Promise<string[]>;
  kill(signal?: NodeJS.Signals): void;
}

export function runProgram(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Program {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--import', BY_NAME, join(ROOT, file), ...args],
    {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const told = () => {
    for (const listener of listeners) listener();
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    told();
  });
  let over: string | undefined;
  const ended = once(child, 'close').then(([code, signal]) => {
    over = `${file} ended with ${signal ?? code}: ${lines.join('\n')}\n${complaints}`;
    told();
    return code as number | null;
  });

  return {
    lines,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find((line) => line.includes(text));
          if (found === undefined && over === undefined) return;
          listeners.delete(look);
          if (found === undefined) reject(new Error(`it did not say ${JSON.stringify(text)}: ${over}`));
          else resolve(found);
        };
        listeners.add(look);
        look();
      }),
    async ends() {
      if ((await ended) !== 0) throw new Error(over);
      return lines;
    },
    kill: (signal = 'SIGTERM') => void child.kill(signal),
  };
}

const BY_NAME = join(ROOT, 'test/sdk/by-name.mjs');
