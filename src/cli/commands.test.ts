import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine, type Running, restUntil } from '../../test/support/command-line.ts';
import { hands, type World, world } from '../../test/support/operator-world.ts';

let at: World;
let koncli: CommandLine;
const run: CommandLine['run'] = (...line) => koncli.run(...line);

beforeEach(async () => {
  at = world();
  await at.operator();
  koncli = commandLine(at);
});
afterEach(() => at.close());

/** What a person types before anything else. */
async function given(...lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const { code, err } = await run(line);
    expect(code, `${line}: ${err}`).toBe(0);
    await at.rest();
  }
}

/** One that has to wait, and has said so. */
async function startWaiting(...line: Parameters<CommandLine['start']>): Promise<Running> {
  const before = (await claims()).length;
  const running = koncli.start(...line);
  let asked = before;
  while (asked === before) {
    await at.rest();
    asked = (await claims()).length;
  }
  await at.pass(1_100);
  await restUntil(at, () => running.err !== '');
  return running;
}

const claims = async () => Object.keys(await hands(at).phases());

describe('acquire', () => {
  it('takes a permit, prints its token and its end, and leaves it held', async () => {
    await given('semaphore create db --permits 1');
    const { code, out, err } = await run('semaphore acquire db -o json');
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toEqual({
      claim: expect.stringMatching(/^db-[0-9a-f]+$/),
      namespace: 'default',
      semaphore: 'db',
      holder: 'me',
      token: expect.any(Number),
      acquiredAt: '2026-01-01T00:00:00.000000Z',
      expiresAt: '2026-01-01T00:10:00.000000Z',
    });
    expect(await hands(at).phases()).toEqual({ [JSON.parse(out).claim]: 'Granted' });
  });

  it('takes a bare 0 for a duration, as programs written in Go do', async () => {
    await given('semaphore create db --permits 2 --ttl 5m');
    for (const ttl of ['0', '0s']) {
      const { code, out } = await run(`semaphore acquire db --timeout 0 --ttl ${ttl} -o json`);
      expect([code, JSON.parse(out).expiresAt]).toEqual([0, '2026-01-01T00:05:00.000000Z']);
    }
    expect((await run('semaphore acquire db --ttl 0')).code).toBe(4);
  });

  it('prints a name that kubectl takes', async () => {
    await given('semaphore create db --permits 1', 'lease create leader');
    expect((await run('semaphore acquire db -o name')).out).toMatch(/^permit\.sync\.konductor\.io\/db-[0-9a-f]+\n$/);
    expect((await run('lease acquire leader -o name')).out).toMatch(/^leaserequest\.sync\.konductor\.io\/leader-/);
  });

  it.each(['semaphore', 'lease'])('fails at once when another has the %s, and leaves no claim behind', async (noun) => {
    await given(
      noun === 'lease' ? 'lease create db' : 'semaphore create db --permits 1',
      `${noun} acquire db --holder other`,
    );
    const before = await claims();
    const { code, out, err } = await run(`${noun} acquire db --ttl=5m`);
    expect([code, out]).toEqual([4, '']);
    expect(err).toMatch(/^error: .*db.*\n$/);
    await at.rest();
    expect(await claims()).toEqual(before);
  });

  it('waits with --wait, says what for, and takes its turn', async () => {
    await given('semaphore create db --permits 1', 'semaphore acquire db --holder other');
    const waiting = await startWaiting('semaphore acquire db --wait --ttl=10m');
    expect(waiting.err).toMatch(/^semaphore db: .*wait.*\(1s\)\n$/);
    await given('semaphore release db --holder other');
    await restUntil(at, () => waiting.code !== undefined);
    expect((await waiting.ended).out).toMatch(/^semaphore db acquired: holder me, token [0-9]+, claim db-/);
  });

  it.each(['--timeout 30s', '--wait --timeout=30s', '--wait-for-update --wait-duration 30s'])(
    'waits no longer than %s, ends with 124 and leaves no claim behind',
    async (flags) => {
      await given('semaphore create db --permits 1', 'semaphore acquire db --holder other');
      const before = await claims();
      const waiting = await startWaiting(`semaphore acquire db ${flags}`);
      await at.pass(27_000);
      expect(waiting.code).toBeUndefined();
      await at.pass(3_000);
      await restUntil(at, () => waiting.code !== undefined);
      expect(await waiting.ended).toMatchObject({
        code: 124,
        out: '',
        err: expect.stringMatching(/error: .*30s.*\n$/),
      });
      expect(await claims()).toEqual(before);
    },
  );

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('told by %s to end while it waits, it ends with %i and leaves no claim behind', async (signal, code) => {
    await given('semaphore create db --permits 1', 'semaphore acquire db --holder other');
    const before = await claims();
    const waiting = await startWaiting('semaphore acquire db --wait');
    waiting.signal(signal);
    await restUntil(at, () => waiting.code !== undefined);
    expect((await waiting.ended).code).toBe(code);
    await at.rest();
    expect(await claims()).toEqual(before);
  });

  it('shows one live line at a terminal, and takes it away at the end', async () => {
    await given('semaphore create db --permits 1', 'semaphore acquire db --holder other');
    const waiting = await startWaiting('semaphore acquire db --timeout 1m', { terminal: { columns: 60 } });
    await at.pass(2_000);
    const lines = waiting.err.split('\r\u001b[K').slice(1);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) {
      expect(line).toMatch(/^semaphore db: 1 of 1 permits are held[^\n]*… \(\ds\)$/);
      expect(line).toHaveLength(59);
    }
    await given('semaphore release db --holder other');
    await restUntil(at, () => waiting.code !== undefined);
    expect(waiting.err.endsWith('\r\u001b[K')).toBe(true);
  });

  it('writes a line to a log every ten seconds at most', async () => {
    await given('semaphore create db --permits 1', 'semaphore acquire db --holder other');
    const waiting = await startWaiting('semaphore acquire db --timeout 1m');
    for (let second = 0; second < 40; second++) {
      await run('semaphore acquire db --holder other --timeout 0s');
      await at.pass(1_000);
    }
    expect(waiting.err.split('\n').length - 1).toBeLessThanOrEqual(5);
    waiting.signal('SIGTERM');
    await restUntil(at, () => waiting.code !== undefined);
  });

  it('makes the semaphore with --permits when there is none, and does not change one that there is', async () => {
    await given('semaphore acquire db --permits 2', 'semaphore acquire db --permits 5');
    expect(JSON.parse((await run('semaphore get db -o json')).out).spec.permits).toBe(2);
  });
});

describe('release and renew', () => {
  it('let go of all that this holder has, and of nothing else', async () => {
    await given(
      'semaphore create db --permits 5',
      'semaphore acquire db',
      'semaphore acquire db',
      'semaphore acquire db --holder other',
    );
    expect((await run('semaphore release db')).out).toBe('semaphore db released: 2 claims\n');
    expect((await run('semaphore release db')).code).toBe(3);
    expect((await run('semaphore release db --ignore-not-found')).code).toBe(0);
    expect(await claims()).toHaveLength(1);
    expect((await run('semaphore release db --all')).out).toBe('semaphore db released: 1 claim\n');
    expect(await claims()).toEqual([]);
  });

  it('let go of one claim by its name', async () => {
    await given('semaphore create db --permits 5', 'semaphore acquire db');
    const { claim } = JSON.parse((await run('semaphore acquire db -o json')).out);
    expect((await run(`semaphore release db --claim ${claim}`)).out).toBe('semaphore db released: 1 claim\n');
    expect(await claims()).toHaveLength(1);
  });

  it.each(['semaphore', 'lease'])('a renewed %s lives for another ttl', async (noun) => {
    await given(
      noun === 'lease' ? 'lease create db' : 'semaphore create db --permits 1',
      `${noun} acquire db --ttl 1m`,
    );
    await at.pass(50_000);
    await given(`${noun} renew db`);
    await at.pass(50_000);
    expect((await run(`${noun} acquire db --holder other`)).code).toBe(4);
    await at.pass(20_000);
    expect((await run(`${noun} renew db`)).code).toBe(3);
    expect((await run(`${noun} acquire db --holder other`)).code).toBe(0);
  });
});

describe('barriers', () => {
  it('open when all have arrived, for those who wait', async () => {
    await given('barrier create stage-1 --expected 2', 'barrier arrive stage-1 a', 'barrier arrive stage-1 --holder a');
    const waiting = koncli.start('barrier wait stage-1 --timeout=1h');
    await restUntil(at, () => waiting.err !== '');
    expect(waiting.err).toBe('barrier stage-1: 1 of 2 have arrived (0s)\n');
    const second = await run('barrier arrive stage-1 b --wait-for-update --update-timeout 10s');
    expect(second).toMatchObject({ code: 0, out: 'b arrived at barrier stage-1, which is open\n' });
    await restUntil(at, () => waiting.code !== undefined);
    expect(await waiting.ended).toMatchObject({ code: 0, out: 'barrier stage-1 is open\n' });
  });

  it('count who arrives with --wait-for-update, whether or not others are still to come', async () => {
    await given('barrier create stage-1 --expected 2');
    const first = koncli.start('barrier arrive stage-1 a --wait-for-update');
    await restUntil(at, () => first.err !== '');
    await at.pass(5_000);
    await restUntil(at, () => first.code !== undefined);
    expect(await first.ended).toMatchObject({ code: 0, out: 'a arrived at barrier stage-1\n' });
  });

  it('end a wait with 124 when its time or the barrier’s own is over', async () => {
    await given('barrier create late --expected 2', 'barrier create short --expected 2 --timeout 10s');
    const waits = [koncli.start('barrier wait late --timeout 20s'), koncli.start('barrier wait short')];
    await restUntil(at, () => waits.every(({ err }) => err !== ''));
    await at.pass(30_000);
    await restUntil(at, () => waits.every(({ code }) => code !== undefined));
    expect(waits.map(({ code }) => code)).toEqual([124, 124]);
  });
});

describe('gates', () => {
  it('are opened and closed by hand, and waited for', async () => {
    await given('gate create go-live');
    const waiting = koncli.start('gate wait go-live');
    await restUntil(at, () => waiting.err !== '');
    expect((await run('gate open go-live')).out).toBe('gate go-live opened\n');
    await restUntil(at, () => waiting.code !== undefined);
    expect((await waiting.ended).code).toBe(0);
    expect((await run('gate close go-live')).out).toBe('gate go-live closed\n');
  });

  it('are made with conditions', async () => {
    await given(
      'semaphore create api-quota --permits 2',
      `gate create ready --condition semaphore=api-quota,permits=2 --condition 'resource=apps/v1/Deployment/web,when=object.status.readyReplicas >= 2, or so' --no-latch --timeout 1h`,
    );
    expect(JSON.parse((await run('gate get ready -o json')).out).spec).toEqual({
      conditions: [
        { semaphore: 'api-quota', permits: 2 },
        {
          resource: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
          when: 'object.status.readyReplicas >= 2, or so',
        },
      ],
      latch: false,
      timeout: '1h',
    });
  });
});

describe('what is shown', () => {
  it('is a table as kubectl has it, with ages', async () => {
    await given(
      'semaphore create api-quota --permits 5 --ttl 10m',
      'semaphore create db --permits 1',
      'semaphore acquire db',
    );
    await at.pass(130_000);
    expect((await run('semaphore list')).out).toBe(
      `NAME        PERMITS   IN USE   AVAILABLE   WAITING   PHASE   AGE
api-quota   5         0        5           0         Ready   2m10s
db          1         1        0           0         Full    2m10s
`,
    );
    expect((await run('get semaphore')).code).toBe(2);
    expect((await run('semaphore get db -o wide')).out).toContain('ORDERING');
    expect((await run('ksem get -o name')).out).toBe(
      'semaphore.sync.konductor.io/api-quota\nsemaphore.sync.konductor.io/db\n',
    );
    expect((await run('semaphores get -o yaml')).out).toMatch(/^apiVersion: v1\nitems:\n[\s\S]*kind: List\n/);
    expect((await run('semaphore get nope')).code).toBe(3);
    expect(await run('gate list')).toMatchObject({ code: 0, out: '', err: 'No gates found in namespace default.\n' });
    expect((await run('semaphore list -A')).out).toMatch(/^NAMESPACE +NAME/);
  });

  it('is one resource on a page, with who holds it and who waits', async () => {
    await given('semaphore create db --permits 1 --ttl 5m', 'semaphore acquire db --holder a');
    const waiting = await startWaiting('semaphore acquire db --wait --holder b');
    await at.pass(5_000);
    const page = (await run('semaphore status db')).out;
    expect(page).toMatch(/^Name: +db\n/);
    expect(page).toMatch(/Held by:\n +HOLDER.*\n +a +1 +[0-9]+ +6s +in 4m5[34]s/);
    expect(page).toMatch(/Waiting:\n +HOLDER.*\n +b +1 +0 +6s/);
    expect((await run('status semaphore db')).out).toBe(page);
    expect((await run('semaphore describe db')).out).toBe(page);
    waiting.signal('SIGTERM');
    await restUntil(at, () => waiting.code !== undefined);
  });

  it('is everything with `status all`', async () => {
    await given('semaphore create db --permits 1', 'gate create go', 'barrier create b --expected 1', 'lease create l');
    expect((await run('status all')).out.match(/^(semaphore|barrier|lease|gate)\/\w+/gm)).toEqual([
      'semaphore/db',
      'barrier/b',
      'lease/l',
      'gate/go',
    ]);
    expect(JSON.parse((await run('status all -o json')).out).items).toHaveLength(4);
    expect((await run('status lease')).out).toMatch(/^NAME +HOLDER/);
  });

  it('goes on with --watch until it is told to end', async () => {
    await given('semaphore create db --permits 1');
    const watching = koncli.start('semaphore get db -w');
    await restUntil(at, () => watching.out !== '');
    await given('semaphore acquire db');
    await restUntil(at, () => watching.out.includes('Full'));
    expect(watching.out.match(/^NAME/gm)).toHaveLength(1);
    watching.signal('SIGINT');
    await restUntil(at, () => watching.code !== undefined);
    expect((await watching.ended).code).toBe(130);
  });

  it('is what would be made, without making it', async () => {
    expect(
      (await run('semaphore create db --permits 3 --max-ttl 1h --dry-run=client -o yaml')).out,
    ).toBe(`apiVersion: sync.konductor.io/v1
kind: Semaphore
metadata:
  name: db
spec:
  permits: 3
  maxTTL: 1h
`);
    expect((await run('semaphore create db --permits 3 --dry-run=server')).out).toContain('created (server dry run)');
    expect((await run('semaphore get db')).code).toBe(3);
  });
});

describe('delete', () => {
  it('takes several, and says when one is in use', async () => {
    await given('semaphore create a --permits 1', 'semaphore create b --permits 1', 'semaphore acquire b');
    expect(await run('semaphore delete a b')).toEqual({
      code: 0,
      out: 'semaphore.sync.konductor.io/a deleted\nsemaphore.sync.konductor.io/b deleted\n',
      err: 'semaphore.sync.konductor.io/b is in use: it goes when the last hold has ended\n',
    });
    await at.rest();
    expect((await run('semaphore delete a')).code).toBe(3);
    expect((await run('semaphore delete a --ignore-not-found')).code).toBe(0);
  });
});
