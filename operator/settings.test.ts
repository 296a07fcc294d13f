import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/kube/program-flags.ts';
import { settingsOf } from './settings.ts';

describe('how an operator is called', () => {
  it('needs nothing', () => {
    expect(settingsOf([], {})).toMatchObject({
      namespaces: undefined,
      leaderElect: true,
      electionName: 'konductor-operator',
      listen: { host: '0.0.0.0', port: 8080 },
      logLevel: 'info',
    });
  });

  it.each<[promise: string, argv: readonly string[], environment: Record<string, string>, then: object]>([
    ['flags win', ['--log-level', 'warn'], { KONDUCTOR_LOG_LEVEL: 'debug' }, { logLevel: 'warn' }],
    ['the environment counts', [], { KONDUCTOR_NAMESPACES: 'a, b,' }, { namespaces: ['a', 'b'] }],
    ['election can be off', ['--leader-elect=false'], {}, { leaderElect: false }],
    ['a pod says where to elect', [], { POD_NAMESPACE: 'konductor-system' }, { electionNamespace: 'konductor-system' }],
    ['a door can be opened', ['--tekton'], {}, { doors: ['tekton'] }],
    ['doors of the environment', [], { KONDUCTOR_DOORS: 'pods,argo-tasksets' }, { doors: ['argo-tasksets', 'pods'] }],
    ['a wait has an end', ['--argo-longest-wait', '2h'], {}, { argoLongestWait: '2h' }],
    ['or has none', [], { KONDUCTOR_ARGO_LONGEST_WAIT: '' }, { argoLongestWait: undefined }],
    ['any port', ['--listen', '127.0.0.1:0'], {}, { listen: { host: '127.0.0.1', port: 0 } }],
    ['all addresses', ['--listen', ':9000'], {}, { listen: { host: '0.0.0.0', port: 9000 } }],
    ['IPv6', ['--listen', '[::1]:9000'], {}, { listen: { host: '::1', port: 9000 } }],
  ])('%s', (_, argv, environment, then) => {
    expect(settingsOf(argv, environment)).toMatchObject(then);
  });

  it.each([
    [['--what']],
    [['--leader-elect=maybe']],
    [['--listen', '8080']],
    [['--listen', ':99999']],
    [['--log-level=loud']],
    [['--argo-longest-wait=soon']],
    [['extra']],
  ])('refuses %j with a word on it', (argv) => {
    expect(() => settingsOf(argv, {})).toThrow(UsageError);
  });

  it('names the doors there are', () => {
    expect(() => settingsOf([], { KONDUCTOR_DOORS: 'window' })).toThrow(/tekton, argo-tasksets, pods, not "window"/);
  });

  it('helps', () => {
    expect(settingsOf(['--help'], {})).toBe('help');
  });
});
