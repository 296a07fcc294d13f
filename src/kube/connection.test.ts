import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { virtualClock } from '../dev/virtual-clock.ts';
import { type Connection, type ConnectOptions, connect } from './connection.ts';
import { proxyFor } from './proxy.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  await mkdir(join(home, '.kube'));
  await mkdir(join(home, 'account'));
});
afterAll(() => rm(home, { recursive: true }));

const file = async (name: string, content: string | object): Promise<string> => {
  const path = join(home, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

const kubeconfig = (
  name: string,
  { user = {}, cluster = {}, context = {} }: { user?: object; cluster?: object; context?: object } = {},
) => ({
  'current-context': name,
  contexts: [{ name, context: { cluster: `${name}-cluster`, user: `${name}-user`, ...context } }],
  clusters: [{ name: `${name}-cluster`, cluster: { server: `https://${name}.example:6443`, ...cluster } }],
  users: [{ name: `${name}-user`, user }],
});

const clock = virtualClock();
const connecting = (options: ConnectOptions = {}, variables: Record<string, string> = {}): Promise<Connection> =>
  connect({ clock, environment: { variables, home: undefined, serviceAccount: join(home, 'account') }, ...options });

const credentials = async (connection: Connection) => connection.credentials.get();

describe('an explicit server', () => {
  test('needs no file', async () => {
    const connection = await connecting({ server: 'https://one:6443/', token: 't', ca: 'PEM', namespace: 'team' });
    expect(connection).toMatchObject({ server: 'https://one:6443', namespace: 'team', tls: { ca: 'PEM' } });
    expect(await credentials(connection)).toEqual({ authorization: 'Bearer t' });
  });

  test('may be without a scheme, and insecure', async () => {
    expect(await connecting({ server: 'localhost:8080', insecure: true })).toMatchObject({
      server: 'http://localhost:8080',
      namespace: 'default',
      tls: { insecure: true },
    });
  });

  test('may be used as somebody else', async () => {
    const connection = await connecting({ server: 'https://one', as: 'jane', asGroups: ['dev', 'ops'] });
    expect(connection.impersonate).toEqual({ user: 'jane', groups: ['dev', 'ops'] });
    await expect(connecting({ server: 'https://one', asGroups: ['dev'] })).rejects.toThrow(
      'needs a user to impersonate',
    );
  });
});

describe('a kubeconfig', () => {
  test('gives server, namespace, trust, token and proxy of its current context', async () => {
    const ca = Buffer.from('PEM').toString('base64');
    const path = await file(
      'full',
      kubeconfig('full', {
        user: { token: 't' },
        cluster: { 'certificate-authority-data': ca, 'tls-server-name': 'name', 'proxy-url': 'http://proxy:3128' },
        context: { namespace: 'team' },
      }),
    );
    const connection = await connecting({ kubeconfig: path });
    expect(connection).toMatchObject({
      server: 'https://full.example:6443',
      namespace: 'team',
      tls: { ca: 'PEM', servername: 'name' },
      proxy: 'http://proxy:3128/',
    });
    expect(await credentials(connection)).toEqual({ authorization: 'Bearer t' });
    expect((await connecting({ kubeconfig: path, namespace: 'other', token: 'mine' })).namespace).toBe('other');
  });

  test('is ~/.kube/config when nothing else is said', async () => {
    await file('.kube/config', kubeconfig('home'));
    const environment = { variables: {}, home, serviceAccount: '/none' };
    expect((await connecting({ environment })).server).toBe('https://home.example:6443');
  });

  test('may be several files: the first to name a thing wins, and one may be missing', async () => {
    const first = await file('first', { ...kubeconfig('one'), 'current-context': '' });
    const second = await file('second', {
      ...kubeconfig('two'),
      users: [{ name: 'one-user', user: { token: 'wrong' } }, ...kubeconfig('two').users],
    });
    const KUBECONFIG = [first, join(home, 'missing'), second].join(':');
    expect((await connecting({}, { KUBECONFIG })).server).toBe('https://two.example:6443');
    const one = await connecting({ context: 'one' }, { KUBECONFIG });
    expect(one.server).toBe('https://one.example:6443');
    expect(await credentials(one)).toEqual({});
  });

  test('names files beside itself', async () => {
    await file('client.crt', 'CERT');
    await file('client.key', 'KEY');
    await file('token', 'from-file\n');
    const path = await file(
      'files',
      kubeconfig('files', {
        user: { 'client-certificate': 'client.crt', 'client-key': 'client.key', tokenFile: 'token' },
      }),
    );
    expect(await credentials(await connecting({ kubeconfig: path }))).toEqual({
      cert: 'CERT',
      key: 'KEY',
      authorization: 'Bearer from-file',
    });
  });

  test('may say whom to act as', async () => {
    const path = await file(
      'as',
      kubeconfig('as', { user: { username: 'u', password: 'p', as: 'jane', 'as-groups': ['dev', 'ops'] } }),
    );
    const connection = await connecting({ kubeconfig: path });
    expect(connection.impersonate).toEqual({ user: 'jane', groups: ['dev', 'ops'] });
    expect(await credentials(connection)).toEqual({ authorization: 'Basic dTpw' });
  });

  const wrong: Record<string, [string | object, string | RegExp, ConnectOptions?]> = {
    'no YAML': ['a: [', 'is no YAML'],
    'no kubeconfig': ['text', 'is no kubeconfig'],
    'a list that is none': [{ 'current-context': 'x', contexts: {} }, 'contexts must be a list'],
    'no current context': [{}, 'current-context is not set'],
    'an unknown context': [kubeconfig('bad'), 'context "other" is not defined; there are: bad', { context: 'other' }],
    'an unknown cluster': [
      kubeconfig('bad', { context: { cluster: 'c' } }),
      'context "bad": cluster "c" is not defined',
    ],
    'an unknown user': [kubeconfig('bad', { context: { user: 'u' } }), 'context "bad": user "u" is not defined'],
    'no server': [kubeconfig('bad', { cluster: { server: '' } }), 'cluster "bad-cluster": server is not set'],
    'a server that is no URL': [
      kubeconfig('bad', { cluster: { server: 'https://' } }),
      'the server must be a URL: "https://"',
    ],
    'a missing certificate': [
      kubeconfig('bad', { cluster: { 'certificate-authority': 'no.crt' } }),
      /cluster "bad-cluster": certificate-authority .*no\.crt cannot be used: there is no such file/,
    ],
    'a certificate without its key': [
      kubeconfig('bad', { user: { 'client-certificate-data': 'QQ==' } }),
      'user "bad-user": client-key is not set',
    ],
    'a plugin without a command': [
      kubeconfig('bad', { user: { exec: {} } }),
      'user "bad-user": exec.command is not set',
    ],
  };
  test.for(Object.entries(wrong))('says what is wrong with it: %s', async ([, [content, message, options]]) => {
    const path = await file('bad', content);
    await expect(connecting({ kubeconfig: path, ...options })).rejects.toThrow(message);
  });

  test('that is missing is named', async () => {
    await expect(connecting({ kubeconfig: '/no/such/file' })).rejects.toThrow(
      'kubeconfig /no/such/file cannot be used: there is no such file',
    );
    await expect(connecting({}, { KUBECONFIG: '/no/such/file' })).rejects.toThrow('/no/such/file');
    await expect(connecting({})).rejects.toThrow('no cluster is configured');
  });
});

describe('an exec plugin', () => {
  const plugin = (print: string, more: object = {}) => ({
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: ['-e', print],
    interactiveMode: 'Never',
    ...more,
  });
  const credential = (status: string) => `console.log(JSON.stringify({kind:'ExecCredential',status:${status}}))`;
  const using = async (exec: object) =>
    connecting({ kubeconfig: await file('exec', kubeconfig('exec', { user: { exec } })) });

  test('gives a token, and is asked again when that ends or is refused', async () => {
    const ends = new Date(clock.now() + 60_000).toISOString();
    const exec = plugin(credential(`{token: process.env.PREFIX + process.pid, expirationTimestamp: '${ends}'}`), {
      env: [{ name: 'PREFIX', value: 'p-' }],
    });
    const connection = await using(exec);
    const first = await credentials(connection);
    expect(first.authorization).toMatch(/^Bearer p-[0-9]+$/);
    expect(await credentials(connection)).toEqual(first);
    const renewed = await connection.credentials.renew?.(first);
    expect(renewed).not.toEqual(first);
    await clock.advance(56_000);
    expect(await credentials(connection)).not.toEqual(renewed);
  });

  test('gives a client certificate', async () => {
    expect(
      await credentials(await using(plugin(credential(`{clientCertificateData: 'C', clientKeyData: 'K'}`)))),
    ).toEqual({ cert: 'C', key: 'K' });
  });

  test('is told what it needs to know', async () => {
    const connection = await using(
      plugin(credential('{token: process.env.KUBERNETES_EXEC_INFO}'), { provideClusterInfo: true }),
    );
    const { authorization = '' } = await credentials(connection);
    expect(JSON.parse(authorization.slice('Bearer '.length))).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: 'https://exec.example:6443' } },
    });
  });

  test.for([
    [
      'cannot be run',
      { command: './no-such-plugin', installHint: 'get it there' },
      /exec\.command \.\/no-such-plugin cannot be run .*: get it there/,
    ],
    ['fails', plugin('process.exit(3)'), /ended with exit code 3/],
    ['prints something else', plugin('console.log("hi")'), /did not print an ExecCredential/],
    ['prints nothing of use', plugin(credential('{}')), /neither a token nor a client certificate/],
  ] as const)('that %s is named with its user', async ([, exec, message]) => {
    const asked = credentials(await using(exec));
    await expect(asked).rejects.toThrow(message);
    await expect(asked).rejects.toThrow('user "exec-user"');
  });
});

describe('an auth provider', () => {
  test('such as OIDC is asked for its token', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ exp: Math.floor(Date.now() / 1000) + 3600 })}.x`;
    const path = await file(
      'oidc',
      kubeconfig('oidc', { user: { 'auth-provider': { name: 'oidc', config: { 'id-token': token } } } }),
    );
    expect(await credentials(await connecting({ kubeconfig: path }))).toEqual({ authorization: `Bearer ${token}` });
  });
});

describe('in a pod', () => {
  const variables = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };

  test('the service account is used, and its token read again when it is rotated', async () => {
    await file('account/token', 'one\n');
    await file('account/ca.crt', 'PEM');
    await file('account/namespace', 'team\n');
    const connection = await connecting({}, { ...variables, KUBECONFIG: '/no/such/file' });
    expect(connection).toMatchObject({ server: 'https://[fd00::1]', namespace: 'team', tls: { ca: 'PEM' } });
    await file('account/token', 'two');
    expect(await credentials(connection)).toEqual({ authorization: 'Bearer one' });
    await clock.advance(60_000);
    expect(await credentials(connection)).toEqual({ authorization: 'Bearer two' });
    await file('account/token', 'three');
    expect(await connection.credentials.renew?.({ authorization: 'Bearer two' })).toEqual({
      authorization: 'Bearer three',
    });
    await rm(join(home, 'account/token'));
    await clock.advance(60_000);
    expect(await credentials(connection)).toEqual({ authorization: 'Bearer three' });
  });

  test('a missing token is named', async () => {
    const environment = { variables, home: undefined, serviceAccount: '/none' };
    await expect(connecting({ environment })).rejects.toThrow(
      'the token file /none/token cannot be used: there is no such file',
    );
  });
});

describe('a proxy from the environment', () => {
  test.for([
    ['https://api.example', {}, 'http://proxy'],
    ['http://api.example', {}, undefined],
    ['https://127.0.0.1:6443', {}, undefined],
    ['https://10.1.2.3', { NO_PROXY: 'x, 10.0.0.0/8' }, undefined],
    ['https://[fd00::1]', { no_proxy: 'fd00::/8' }, undefined],
    ['https://[fd00::1]', { no_proxy: 'fd00::1' }, undefined],
    ['https://api.example', { NO_PROXY: 'example' }, undefined],
    ['https://api.example', { NO_PROXY: '.example' }, undefined],
    ['https://api.example', { NO_PROXY: 'api.example:443' }, undefined],
    ['https://api.example:6443', { NO_PROXY: 'api.example:443' }, 'http://proxy'],
    ['https://api-example', { NO_PROXY: 'example,10.0.0.0/99' }, 'http://proxy'],
    ['https://api.example', { NO_PROXY: '*' }, undefined],
  ] as const)('%s with %o', ([server, variables, proxy]) => {
    expect(proxyFor(new URL(server), { https_proxy: 'http://proxy', ...variables })).toBe(proxy);
  });
});
