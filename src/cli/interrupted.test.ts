import { describe, expect, it } from 'vitest';
import { commandLine, restUntil } from '../../test/support/command-line.ts';
import { hands, world } from '../../test/support/operator-world.ts';
import type { Transport } from '../kube/transport.ts';

const MOMENTS = ['before it is sent', 'once it is answered'] as const;

/** Whether the command came so far as to make that call. */
async function interruptAt(call: number, moment: (typeof MOMENTS)[number], isFree: boolean): Promise<boolean> {
  const at = world();
  await at.operator();
  const koncli = commandLine(at);
  await koncli.run('semaphore create db --permits 1');
  if (!isFree) await koncli.run('semaphore acquire db --holder other');
  const before = Object.keys(await hands(at).phases());

  let calls = 0;
  const transport: Transport = async (request) => {
    const isNow = ++calls === call;
    if (isNow && moment === 'before it is sent') running.signal('SIGTERM');
    const response = await at.transport(request);
    if (isNow && moment === 'once it is answered') running.signal('SIGTERM');
    return response;
  };
  const running = koncli.start('semaphore acquire db --wait', { transport });
  const deadline = at.clock.monotonic() + 60_000;
  while (running.code === undefined && (calls < call || at.clock.monotonic() < deadline)) {
    await restUntil(at, () => calls > 0 || running.code !== undefined);
    await at.pass(500);
    if (!isFree && calls < call && at.clock.monotonic() > deadline - 50_000) running.signal('SIGTERM');
  }
  const { code, out } = await running.ended;
  await at.pass(1_000);
  const left = Object.keys(await hands(at).phases());
  const what = `call ${call}, ${moment}`;
  if (code === 0) {
    // it was too late: whoever called was told of the hold, and has it
    expect(left, what).toHaveLength(before.length + 1);
    expect(out, what).toContain('acquired');
  } else {
    expect([code, out], what).toEqual([143, '']);
    expect(left, what).toEqual(before);
  }
  const reached = calls >= call;
  await at.close();
  return reached;
}

describe('acquire that is told to end at any moment', () => {
  it.each([
    ['free', true],
    ['taken', false],
  ] as const)(
    'leaves no claim behind that nobody knows of, when the semaphore is %s',
    async (_, isFree) => {
      let interrupted = 0;
      for (const moment of MOMENTS) {
        for (let call = 1; await interruptAt(call, moment, isFree); call++) interrupted++;
      }
      expect(interrupted).toBeGreaterThan(3);
    },
    30_000,
  );
});
