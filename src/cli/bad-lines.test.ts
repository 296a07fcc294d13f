import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Transport } from '../../src/kube/transport.ts';
import { type CommandLine, commandLine } from '../../test/support/command-line.ts';
import { bodyOf } from '../../test/support/kube.ts';
import { type World, world } from '../../test/support/operator-world.ts';

/** Each with its exit code, and what its one line of words must name. */
const LINES: readonly (readonly [line: string, code: number, names: RegExp])[] = [
  // nothing that there is
  ['nope', 2, /unknown command 'nope'.*koncli --help/],
  ['semaphor list', 2, /unknown command 'semaphor'.*Did you mean semaphore/],
  ['semaphore', 2, /say what to do: create, acquire/],
  ['semaphore aquire db', 2, /unknown command 'aquire'.*acquire/],
  ['barrier acquire b', 2, /unknown command 'acquire'/],
  ['gate arrive g', 2, /unknown command 'arrive'/],
  ['--nope', 2, /unknown option '--nope'/],
  ['semaphore --nope list', 2, /unknown option '--nope'/],
  ['semaphore acquire db --tll 5m', 2, /--tll.*--ttl/],
  ['semaphore list --permits 3', 2, /--permits/],
  // arguments
  ['semaphore create --permits 1', 2, /missing required argument 'name'/],
  ['semaphore acquire', 2, /missing required argument 'name'/],
  ['semaphore acquire a b', 2, /too many arguments/],
  ['semaphore release', 2, /missing required argument/],
  ['semaphore delete', 2, /missing required argument/],
  ['barrier arrive', 2, /missing required argument/],
  ['barrier arrive b me you', 2, /too many arguments/],
  ['barrier wait', 2, /missing required argument/],
  ['gate open', 2, /missing required argument/],
  ['lease renew', 2, /missing required argument/],
  ['status', 2, /missing required argument 'kind'/],
  ['status pod x', 2, /no kind "pod": say one of semaphore, barrier, lease, gate, all/],
  ['status all x', 2, /"all" takes no name/],
  // only claims are made on what is elsewhere
  ['semaphore status team/db', 2, /"team\/db" is no name here: say db -n team/],
  ['status semaphore team/db', 2, /say db -n team/],
  ['lease get a team/db', 2, /say db -n team/],
  ['gate delete a team/db', 2, /say db -n team/],
  ['explain team/db', 2, /no kind "team": say one of semaphore, barrier, lease, gate.*-n/],
  ['explain lease team/db', 2, /koncli explain lease NAME.*-n/],
  ['semaphore run db', 2, /missing required argument/],
  ['completion tcsh', 2, /bash, zsh, fish/],
  ['version now', 2, /too many arguments/],
  // flags
  ['semaphore list -o xml', 2, /-o.*xml.*text, wide, json, yaml, name/],
  ['semaphore list -o', 2, /argument missing/],
  ['-n', 2, /argument missing/],
  ['semaphore list --log-level loud', 2, /--log-level.*loud/],
  ['-w semaphore acquire db', 2, /--watch does not go with koncli semaphore acquire/],
  ['-A semaphore create db --permits 1', 2, /--all-namespaces does not go with/],
  ['semaphore acquire db -w', 2, /unknown option '-w'/],
  ['semaphore acquire db -A', 2, /unknown option '-A'/],
  ['semaphore get db -A', 2, /a name does not go with --all-namespaces/],
  ['semaphore get db -l a=b', 2, /a name does not go with --selector/],
  ['semaphore get a b -w', 2, /--watch takes one name/],
  ['status all -w', 2, /--watch takes one kind/],
  ['semaphore create db --dry-run=maybe --permits 1', 2, /--dry-run.*maybe/],
  // values
  ['semaphore create db --permits', 2, /argument missing/],
  ['semaphore create db --permits three', 2, /--permits.*three.*whole number/],
  ['semaphore create db --permits 1.5', 2, /--permits.*whole number/],
  ['semaphore create db --permits 0', 2, /--permits must be at least 1/],
  ['semaphore create db --permits -1', 2, /--permits must be at least 1/],
  ['semaphore create db --permits 1000001', 2, /--permits must be at most 1000000/],
  ['semaphore create DB --permits 1', 2, /the name must be the name of an object/],
  ['semaphore create db --permits 1 --ttl ten', 2, /--ttl must be a duration/],
  ['semaphore create db --permits 1 --ttl 2h --max-ttl 1h', 2, /--max-ttl must be at least ttl/],
  ['semaphore create db --permits 1 --ordering Fair', 2, /--ordering.*Strict, BestEffort/],
  [
    'semaphore create db --permits 1 --allowed-namespaces NO',
    2,
    /--allowed-namespaces must be the name of a namespace/,
  ],
  ['barrier create b --expected 2 --quorum 3', 2, /--quorum must be at most expected/],
  ['barrier create b --expected 2 --timeout soon', 2, /--timeout must be a duration/],
  ['lease create l --priority high', 2, /--priority.*whole number/],
  ['lease create l --preemption Always', 2, /--preemption.*LowerPriority, Never/],
  ['lease create l --grace-period -5s', 2, /--grace-period must be a duration/],
  ['gate create g --condition etl', 2, /--condition.*"etl" is not key=value/],
  ['gate create g --condition job=etl,state=Done', 2, /--condition 1 state: .*"Complete"/],
  ['gate create g --condition job=a,barrier=b', 2, /--condition 1: name exactly one of/],
  ['gate create g --condition resource=Deployment', 2, /apps\/v1\/Deployment\/web/],
  ['gate create g --condition job=a --open', 2, /--open.* without conditions/],
  ['semaphore acquire db --ttl 5', 2, /--ttl must be a duration such as 30s.*"5"/],
  ['semaphore acquire db --timeout never', 2, /--timeout must be a duration/],
  ['semaphore acquire db --wait --wait-duration x', 2, /--wait-duration must be a duration/],
  ['semaphore acquire db --priority 1e3', 2, /--priority.*whole number/],
  ['semaphore acquire db --weight 0', 2, /weight/],
  ['semaphore acquire db --owner pod/x', 2, /--owner must be apiVersion\/Kind\/name\/uid/],
  ['barrier arrive b me --holder you', 2, /holder is given twice/],
  ['barrier arrive b --timeout 5s', 2, /--timeout goes with --wait/],
  ['barrier wait b --timeout 1d', 2, /--timeout must be a duration/],
  ['semaphore release db --holder a --all', 2, /one of --holder, --claim and --all/],
  ['lease renew db --holder a --claim b', 2, /one of --holder and --claim/],
  // what is not there
  ['semaphore acquire nope', 3, /semaphore "nope".*not/],
  ['semaphore acquire nope --wait --timeout 0s', 3, /semaphore "nope".*not/],
  ['lease acquire nope', 3, /lease "nope".*not/],
  ['semaphore get nope', 3, /"nope" not found/],
  ['semaphore get nope -w', 3, /"nope" not found/],
  ['semaphore status nope', 3, /"nope" not found/],
  ['semaphore delete nope', 3, /"nope" not found/],
  ['semaphore release nope', 3, /me does not hold semaphore nope/],
  ['semaphore release db --claim nope', 3, /claim nope is not on semaphore db/],
  ['semaphore release db -n team', 3, /me does not hold semaphore db .see koncli semaphore status db -n team/],
  ['lease release team/db', 3, /koncli lease status db -n team/],
  ['lease renew nope', 3, /does not hold/],
  ['barrier arrive nope', 3, /"nope".*not/],
  ['barrier wait nope', 3, /barrier "nope" does not exist/],
  ['gate wait nope', 3, /gate "nope" does not exist/],
  ['gate open nope', 3, /"nope".*not/],
  ['explain nope', 3, /nope/],
  ['operator', 3, /no operator konductor-controller-manager in namespace konductor-system/],
  // what is refused
  ['semaphore create full --permits 1', 4, /already exists/],
  ['semaphore acquire full', 4, /full/],
  ['lease acquire taken', 4, /taken/],
  ['semaphore acquire full --weight 2', 4, /full/],
  ['semaphore create db --permits 1 -n nowhere', 3, /nowhere/],
];

describe('a command line that cannot work', () => {
  let at: World;
  let koncli: CommandLine;

  beforeAll(async () => {
    at = world();
    await at.operator();
    koncli = commandLine(at);
    for (const line of [
      'semaphore create full --permits 1',
      'semaphore acquire full --holder other',
      'lease create taken',
      'lease acquire taken --holder other',
    ]) {
      expect((await koncli.run(line)).code).toBe(0);
    }
  });
  afterAll(() => at.close());

  it.each(LINES)('koncli %s → %i', async (line, code, names) => {
    const before = at.server.resourceVersion;
    const ended = await koncli.run(line);
    expect(ended).toEqual({ code, out: '', err: expect.stringMatching(/^error: [^\n]+\n$/) });
    expect(ended.err).toMatch(names);
    // wrong is wrong before anything is done
    if (code === 2) expect(at.server.resourceVersion).toBe(before);
  });

  it('says what to do about credentials that nobody knows', async () => {
    const body = JSON.stringify({ kind: 'Status', status: 'Failure', code: 401, message: 'Unauthorized' });
    const transport: Transport = async () => ({ status: 401, headers: {}, body: bodyOf(body) });
    expect(await koncli.run('semaphore list', { transport })).toMatchObject({
      code: 4,
      err: 'error: Unauthorized: the cluster does not know these credentials (--context, --kubeconfig, --token)\n',
    });
  });

  it('finds help wherever it is asked for', async () => {
    const help = await koncli.run('semaphore acquire --help');
    expect(help.out).toContain('NAMESPACE/NAME');
    for (const line of ['help semaphore acquire', 'semaphore help acquire'])
      expect(await koncli.run(line)).toEqual(help);
    expect(await koncli.run('help')).toEqual(await koncli.run('--help'));
  });
});
