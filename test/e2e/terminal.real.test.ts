import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedCluster } from '../cluster/connect.ts';
import { until } from '../cluster/until.ts';
import { koncliFolder } from '../support/koncli.ts';
import { type OperatorProcess, startOperatorProcess } from '../support/operator-process.ts';
import { hasTerminal, openTerminal } from '../support/terminal.ts';

const cluster = sharedCluster();
let namespace: string;
let operator: OperatorProcess;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  const bin = await koncliFolder();
  namespace = await cluster.namespace('people');
  operator = await startOperatorProcess({ kubeconfig: await cluster.kubeconfig(), namespace });
  env = { PATH: `${bin}:${process.env.PATH}`, KUBECONFIG: await cluster.kubeconfig(), HOME: cluster.dir };
  await apply('Semaphore', 'api-quota', { permits: 2 });
  await apply('Permit', 'first', { semaphore: 'api-quota', holder: 'ann' });
  await granted('first');
  await apply('Permit', 'second', { semaphore: 'api-quota', holder: 'bob' });
  await granted('second');
  await apply('Permit', 'third', { semaphore: 'api-quota', holder: 'cy' });
  await apply('Lease', 'nightly', {});
});
afterAll(() => operator.kill('SIGTERM'));

async function apply(kind: string, name: string, spec: object): Promise<void> {
  const manifest = { apiVersion: 'sync.konductor.io/v1', kind, metadata: { name, namespace }, spec };
  const { code, stderr } = await cluster.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(manifest) });
  expect(code, stderr).toBe(0);
}
const remove = (kind: string, name: string) => cluster.kubectl(['delete', kind, name, '-n', namespace]);
const granted = (permit: string) =>
  cluster.kubectl(['wait', '--for=condition=Granted', `kpermit/${permit}`, '-n', namespace, '--timeout=20s']);

/** Runs to its end, with nobody at a terminal. */
function run(command: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

describe('koncli explain', () => {
  it('says who holds, who waits and why, and when that may change', () => {
    const { code, stdout } = run('koncli', ['explain', 'api-quota', '-n', namespace]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^semaphore api-quota in .*: 2 of 2 permits in use, 1 waits\n/);
    expect(stdout).toMatch(/^ann +1 +\d+ +\d+s ago +in 9m\d*s?, unless renewed +first$/m);
    expect(stdout).toMatch(/^1 +cy +1 +0 +\d+s ago +on a release, or in 9m\d+s +the oldest hold expires in 9m\d+s$/m);
  });

  it('finds a thing by its kind as well, and says the same to programs', () => {
    const { stdout } = run('koncli', ['explain', 'ksem/api-quota', '-n', namespace, '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'Semaphore', inUse: 2, waiting: [{ holder: 'cy', position: 1 }] });
  });

  it.each([
    { args: ['nothing'], code: 3, says: 'error: there is no semaphore, barrier, lease or gate named "nothing"' },
    { args: ['lease', 'api-quota'], code: 3, says: 'error: there is no lease named "api-quota"' },
    { args: ['cat', 'tom'], code: 2, says: 'error: there is no kind "cat"' },
  ])('ends with $code: $says', ({ args, code, says }) => {
    const ended = run('koncli', ['explain', ...args, '-n', namespace]);
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(says) });
  });
});

describe('koncli top', () => {
  it('is a plain table where there is no terminal', () => {
    const { code, stdout } = run('koncli', ['top', '-n', namespace]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^NAME +USED +WAITING +WHAT HAPPENS\nsemaphore\/api-quota +2\/2 +1 +cy is 1st of 1 waiting/);
    expect(stdout).toMatch(/^lease\/nightly +0\/1 +0 +free$/m);
  });
});

describe('completion with live names', () => {
  const command = 'koncli';

  it('in bash', () => {
    const script = `source <(${command} completion bash)
      complete_now() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _${command}; printf '%s\\n' "\${COMPREPLY[@]}"; }
      complete_now ${command} semaphore acquire -n ${namespace} ''
      complete_now ${command} lease rel`;
    expect(run('bash', ['--norc', '-c', script]).stdout).toBe('api-quota\nrelease\n');
  });

  const hasFish = spawnSync('fish', ['--version']).status === 0;
  if (!hasFish) console.warn('SKIPPED: there is no fish on this machine to complete in');
  it.skipIf(!hasFish)('in fish', () => {
    const script = `${command} completion fish | source; complete -C '${command} semaphore acquire -n ${namespace} '`;
    expect(run('fish', ['--no-config', '-c', script]).stdout).toBe('api-quota\n');
  });

  const hasZsh = spawnSync('zsh', ['--version']).status === 0 && hasTerminal;
  if (!hasZsh) console.warn('SKIPPED: there is no zsh on this machine to complete in');
  it.skipIf(!hasZsh)('in zsh', async () => {
    await using terminal = openTerminal('zsh -f -i', env);
    const prepared = terminal.shows(/ready-\d/);
    terminal.type(`autoload -Uz compinit; compinit -u -D; source <(${command} completion zsh); echo ready-$((1))\n`);
    await prepared;
    const completed = terminal.shows('api-quota');
    terminal.type(`${command} semaphore acquire -n ${namespace} api-\t`);
    await completed;
  });

  it('is silent when there is no cluster', () => {
    const { code, stdout, stderr } = run('koncli', [
      '__complete',
      '--',
      '--server',
      'http://127.0.0.1:1',
      'lease',
      'acquire',
      '',
    ]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

if (!hasTerminal) console.warn('SKIPPED: script(1) makes no pseudo-terminal here');

describe.skipIf(!hasTerminal)('at a terminal', () => {
  const LEAVE = '\u001b[?25h\u001b[?1049l';

  it('a wait is one line that changes, and goes when it is over', async () => {
    await using terminal = openTerminal(
      `koncli semaphore run api-quota -n ${namespace} --holder dora -- echo got-it`,
      env,
    );
    await terminal.shows('semaphore api-quota: ');
    await remove('kpermit', 'third');
    await remove('kpermit', 'first');
    await terminal.shows('got-it');
    expect(await terminal.code).toBe(0);
    expect(terminal.written()).toContain('\r\u001b[Kgot-it');
    await apply('Permit', 'first', { semaphore: 'api-quota', holder: 'ann' });
    await granted('first');
  });

  it('Ctrl-C ends what is run, and releases', async () => {
    const script = `trap 'echo told; exit 9' INT; echo running; while :; do sleep 0.05; done`;
    // the shell around it would end by the same Ctrl-C
    const line = `trap : INT; koncli lease run nightly -n ${namespace} -- sh -c "${script}"; echo "code $?"`;
    await using terminal = openTerminal(line, env);
    await terminal.shows('running');
    terminal.type('\u0003');
    await terminal.code;
    expect(terminal.written()).toContain('code 9');
    expect(terminal.written().match(/told/g)).toHaveLength(1);
    await until(async () => (await cluster.kubectl(['get', 'kreq', '-n', namespace, '-o', 'name'])).stdout === '', {
      within: 5_000,
      what: 'nothing is held',
    });
  });

  it.each([
    { key: 'q', name: 'q' },
    { key: '\u0003', name: 'Ctrl-C' },
  ])('top shows what changes, and gives the terminal back at $name', async ({ key, name }) => {
    await using terminal = openTerminal(`stty -g; koncli top -n ${namespace}; echo "code $?"; stty -g`, env);
    await terminal.shows('semaphore/api-quota');
    await apply('Lease', `new-${name.toLowerCase()}`, {});
    await terminal.shows(`lease/new-${name.toLowerCase()}`);
    terminal.type(key);
    await terminal.code;
    const [, after = ''] = terminal.written().split(LEAVE);
    expect(after).toContain('code 0');
    const modes = terminal.written().match(/^[0-9a-f]+(:[0-9a-f]+){10,}/gm) ?? [];
    expect(modes).toHaveLength(2);
    expect(modes[1]).toBe(modes[0]);
  });

  it('top gives the terminal back when it is ended from elsewhere', async () => {
    await using terminal = openTerminal(`sh -c 'koncli top -n ${namespace} & echo "pid $!"; wait $!'`, env);
    await terminal.shows('semaphore/api-quota');
    process.kill(Number(terminal.written().match(/pid (\d+)/)?.[1]), 'SIGTERM');
    await terminal.code;
    expect(terminal.written()).toContain(LEAVE);
  });
});
