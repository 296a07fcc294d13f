import { BlockList, isIP } from 'node:net';

type Variables = Readonly<Record<string, string | undefined>>;

/** The proxy the environment asks for, by the rules Go's programs, and so kubectl, follow. */
export function proxyFor(server: URL, variables: Variables): string | undefined {
  const host = server.hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return undefined;
  const proxy = server.protocol === 'https:' ? either(variables, 'HTTPS_PROXY') : either(variables, 'HTTP_PROXY');
  if (!proxy) return undefined;
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  const exempt = (either(variables, 'NO_PROXY') ?? '')
    .split(',')
    .some((rule) => matches(rule.trim().toLowerCase(), host, port));
  return exempt ? undefined : proxy;
}

const either = (variables: Variables, name: string): string | undefined =>
  variables[name] || variables[name.toLowerCase()];

/** `*`, an address, a range of addresses, a domain and all under it, or with a leading dot only what is under it. */
function matches(rule: string, host: string, port: string): boolean {
  if (rule === '') return false;
  if (rule === '*') return true;
  const range = /^(.+)\/([0-9]+)$/.exec(rule);
  if (range) return isIP(host) > 0 && inRange(host, range[1] ?? '', Number(range[2]));
  const [, name = '', only] = /^(.*?)(?::([0-9]+))?$/.exec(isIP(rule) ? `${rule}` : rule) ?? [];
  if (only !== undefined && !isIP(rule) && only !== port) return false;
  const domain = isIP(rule) ? rule : name.replace(/^\*/, '');
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function inRange(host: string, network: string, prefix: number): boolean {
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(network) === 0 || isIP(network) !== isIP(host)) return false;
  const list = new BlockList();
  try {
    list.addSubnet(network, prefix, family);
  } catch {
    return false;
  }
  return list.check(host, family);
}
