import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTerminal, openTerminal } from '../../../test/support/terminal.ts';
import { systemClock } from '../../api/clock.ts';
import { Permit } from '../../api/permit.ts';
import { kubeClient } from '../../kube/client.ts';
import { connect } from '../../kube/connection.ts';
import { httpTransport } from '../../kube/http-transport.ts';
import { keepWatching } from '../../kube/watch.ts';

const PROGRAM = join(import.meta.dirname, '..', 'main.ts');

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'konductor-demo-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** What somebody else saw of the permits, on the same server and by a watch of their own. */
async function witness(kubeconfig: string) {
  const transport = httpTransport(await connect({ kubeconfig }));
  const stop = new AbortController();
  const held = new Map<string, number>();
  const granted = new Set<string>();
  let mostHeld = 0;
  const look = ({ metadata, spec, status }: Permit) => {
    if (status?.phase !== 'Granted') return void held.delete(metadata.uid);
    held.set(metadata.uid, spec.weight);
    granted.add(`${spec.holder} token ${status.token}`);
    mostHeld = Math.max(
      mostHeld,
      [...held.values()].reduce((sum, weight) => sum + weight, 0),
    );
  };
  const watching = keepWatching({
    resource: kubeClient(transport).of(Permit, undefined),
    onChange(change) {
      if (change.type === 'replaced') for (const object of change.objects) look(object);
      else if (change.type === 'deleted') held.delete(change.object.metadata.uid);
      else if (change.type !== 'reached') look(change.object);
    },
    onError: () => {},
    clock: systemClock,
    random: Math.random,
    signal: stop.signal,
  });
  return {
    async ends() {
      stop.abort();
      await watching;
      await transport.close();
      return { mostHeld, granted };
    },
  };
}

describe('npm start -- --demo', () => {
  it('plays one round as plain text and ends; what it says is what the server did', { timeout: 60_000 }, async () => {
    const kubeconfig = join(dir, 'kubeconfig');
    const demo = spawn(process.execPath, [PROGRAM, 'dev', '--demo', '--kubeconfig', kubeconfig], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(demo, 'exit');
    const lines: string[] = [];
    let seen: ReturnType<typeof witness> | undefined;
    for await (const line of createInterface(demo.stdout)) {
      lines.push(line);
      seen ??= witness(kubeconfig);
      if (line.startsWith('next-in-line lets go')) break;
    }
    const { mostHeld, granted } = (await (await seen)?.ends()) ?? {};
    expect(await ended).toEqual([0, null]);

    expect(mostHeld).toBe(3);
    const said = lines.flatMap((line) => /^(\S+) holds .* of api-quota-1, (token \d+)$/.exec(line)?.slice(1, 3) ?? []);
    const pairs = said.flatMap((word, index) => (index % 2 === 0 ? [`${word} ${said[index + 1]}`] : []));
    expect(pairs).toHaveLength(9);
    expect([...(granted ?? [])].toSorted()).toEqual(pairs.toSorted());

    const inOrder = [
      /semaphore\/api-quota-1 +3\/3 +4 /,
      /^the barrier all-mapped-1 is open: 7 of 7 have arrived$/,
      /^nightly is asked to let go of the lease deploy-1/,
      /^nightly lost the lease deploy-1: a request of higher priority took it$/,
      /^hotfix holds the lease deploy-1/,
      /^crashed lost 3 permits of api-quota-1: it was not renewed in time$/,
      /^next-in-line holds a permit/,
    ];
    const places = inOrder.map((pattern) => lines.findIndex((line) => pattern.test(line)));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it.skipIf(!hasTerminal)('is a picture at a terminal, until somebody presses q', { timeout: 60_000 }, async () => {
    const command = `${process.execPath} ${PROGRAM} dev --demo --kubeconfig ${join(dir, 'at-terminal')}`;
    await using terminal = openTerminal(command, process.env);
    await terminal.shows(/worker-\d is 1st of \d waiting for 3 permits/);
    terminal.type('q');
    expect(await terminal.code).toBe(0);
  });
});
