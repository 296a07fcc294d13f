import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Konductor, startKonductor } from '../../src/dev/testing.ts';
import { type Program, runProgram } from './program.ts';

let konductor: Konductor;
let environment: Record<string, string>;
const programs: Program[] = [];

beforeAll(async () => {
  konductor = await startKonductor();
  environment = { KUBECONFIG: (await konductor.listen()).kubeconfig };
  await konductor.client.createSemaphore('life', { permits: 1 });
});
afterAll(async () => {
  for (const program of programs) program.kill('SIGKILL');
  await konductor.stop();
});

function run(does: string): Program {
  const program = runProgram('test/sdk/life-program.ts', [does], environment);
  programs.push(program);
  return program;
}

describe('a program that does not close its client', () => {
  it('ends by itself once it has let go', { timeout: 30_000 }, async () => {
    expect(await run('release').ends()).toEqual(['held']);
  });

  it('lives while it waits, and while it holds, with nothing else to do', { timeout: 30_000 }, async () => {
    const first = await konductor.client.acquireSemaphore('life');
    const program = run('hold');
    await konductor.client.acquireSemaphore('life', { timeout: '3s' }).catch(() => {});
    await first.release();
    await program.says('held');
    // renewed for longer than its ttl: it is at work
    await expect(konductor.client.acquireSemaphore('life', { timeout: '5s' })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    program.kill('SIGKILL');
  });
});

describe('a program that is frozen for longer than its ttl', () => {
  it('knows when it wakes that it holds nothing, before it works on', { timeout: 30_000 }, async () => {
    const program = run('freeze');
    await program.says('held');
    const next = await konductor.client.acquireSemaphore('life', { timeout: '20s' });
    program.kill('SIGCONT');
    expect(await program.ends()).toEqual(['held', 'stops: HOLD_LOST']);
    // its release took nothing from who has it now
    await next.renew();
    await next.release();
  });
});
