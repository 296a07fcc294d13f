import { readFileSync } from 'node:fs';

/** What a process has used of the machine: bytes in memory, and seconds of its processors so far. */
export function costOf(pid: number): { readonly rss: number; readonly cpu: number } {
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  // the name may have spaces: fields are counted after its bracket
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const [user = 0, system = 0] = fields.slice(USER, USER + 2).map(Number);
  return { rss: Number(rss) * 1_024, cpu: (user + system) / TICKS };
}

const USER = 11;
/** A second, as Linux shows it to programs on every machine. */
const TICKS = 100;
