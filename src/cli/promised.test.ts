import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine, restUntil } from '../../test/support/command-line.ts';
import { NAMESPACE, type World, world } from '../../test/support/operator-world.ts';
import { MADE_BEFORE, PROMISED } from '../../test/support/promised-lines.ts';

describe('every promised command line', () => {
  let at: World;
  let koncli: CommandLine;

  beforeAll(async () => {
    at = world();
    await at.operator();
    koncli = commandLine(at);
    for (const line of MADE_BEFORE) expect((await koncli.run(line)).code, line).toBe(0);
  });
  afterAll(() => at.close());

  it.each(PROMISED.map(({ line, code = 0 }) => [line, code] as const))('koncli %s → %i', async (line, code) => {
    const running = koncli.start(line.replace('NAMESPACE', NAMESPACE));
    await restUntil(at, () => running.code !== undefined || running.err !== '');
    if (code === 124) await at.pass(2_000);
    await restUntil(at, () => running.code !== undefined);
    const ended = await running.ended;
    expect(ended.code, ended.err).toBe(code);
    // data for whoever reads it, words for whoever looks
    if (code === 0) expect(ended.out).not.toBe('');
  });
});
