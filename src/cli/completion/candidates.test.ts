import { describe, expect, it } from 'vitest';
import type { CliContext } from '../context.ts';
import { programFor } from '../program.ts';
import { candidatesFor } from './candidates.ts';

const silent = { write() {}, isTerminal: false, colours: false, columns: undefined };
const program = programFor({ name: 'koncli', stdout: silent, stderr: silent } as unknown as CliContext);
const behind = (line: string) => candidatesFor(program, line.split(' '));

describe('what may stand next', () => {
  it.each([
    { line: '', has: ['semaphore', 'lease', 'barrier', 'gate', 'explain', 'top', 'completion'] },
    { line: 'sem', has: ['semaphore'] },
    { line: 'semaphore ', has: ['acquire', 'release', 'run', 'hold', 'get', 'delete'] },
    { line: 'ksem ', has: ['acquire'] },
    { line: '-n web lease ', has: ['acquire', 'renew'] },
    { line: 'semaphore run db --', has: ['--ttl', '--timeout', '--grace', '--namespace'] },
    { line: 'semaphore get -o ', has: ['json', 'yaml', 'wide', 'name'] },
    { line: 'explain ', has: ['semaphore', 'lease'] },
  ])('after "$line": $has', ({ line, has }) => {
    expect(behind(line).words).toEqual(expect.arrayContaining(has));
  });

  it.each([
    { line: 'semaphore acquire ', names: 'semaphore' },
    { line: 'lease run ', names: 'lease' },
    { line: 'gate get one ', names: 'gate' },
    { line: 'barrier delete a b ', names: 'barrier' },
    { line: 'explain ', names: 'any' },
    { line: 'explain lease ', names: 'lease' },
    { line: 'semaphore acquire -n ', names: 'namespace' },
    { line: 'semaphore acquire db ', names: undefined },
    { line: 'semaphore create ', names: undefined },
    { line: 'semaphore run db -- ', names: undefined },
  ])('after "$line": names of $names', ({ line, names }) => {
    expect(behind(line).names).toBe(names);
  });

  it('keeps what was said of where to look', () => {
    expect(behind('-n web --context=prod semaphore acquire ').flags).toEqual({ namespace: 'web', context: 'prod' });
  });

  it('never names what is hidden', () => {
    expect(behind('').words).not.toContain('__complete');
  });
});
