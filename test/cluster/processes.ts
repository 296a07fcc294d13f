import { readdirSync, readFileSync } from 'node:fs';

/** Whether a process runs. A zombie does not: it has ended, and only waits for somebody to take note. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !/^State:\s+Z/m.test(procFile(pid, 'status'));
}

/** The processes with `text` in their command line, helpers included. Knows none where there is no /proc. */
export function processesNaming(text: string): number[] {
  return pids().filter((pid) => pid !== process.pid && procFile(pid, 'cmdline').includes(text) && isRunning(pid));
}

function pids(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    return [];
  }
}

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return ''; // it ended while we looked, or this system has no /proc
  }
}
