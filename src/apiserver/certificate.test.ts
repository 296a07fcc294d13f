import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { selfSigned } from './certificate.ts';

const hosts = ['localhost', '127.0.0.1', '::1', 'fe80::1:2', 'konductor.svc'];

describe('a self-signed certificate', () => {
  it('is trusted by a client that has it as its only authority', async () => {
    const { key, cert } = selfSigned(hosts, new Date());
    const server = createServer({ key, cert }, (_, response) => response.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      for (const host of ['localhost', '127.0.0.1']) {
        const [response] = await once(get({ host, port, path: '/', ca: cert, family: 4, agent: false }), 'response');
        expect(response.statusCode).toBe(200);
        response.resume();
      }
      const stranger = get({
        host: 'localhost',
        servername: 'elsewhere.org',
        port,
        path: '/',
        ca: cert,
        family: 4,
        agent: false,
      });
      const [refused] = await once(stranger, 'error');
      expect(refused.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    } finally {
      server.close();
    }
  });

  it('names its hosts, signs itself, and lasts a year', () => {
    const { cert } = selfSigned(hosts, new Date('2026-01-01T00:00:00Z'));
    const read = new X509Certificate(cert);
    expect(read.subjectAltName).toBe(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:FE80:0:0:0:0:0:1:2, DNS:konductor.svc',
    );
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.ca).toBe(true);
    expect(read.validFromDate).toEqual(new Date('2025-12-31T23:55:00Z'));
    expect(read.validToDate).toEqual(new Date('2027-01-01T00:00:00Z'));
  });

  it('can be made for a far future', () => {
    const { cert } = selfSigned(hosts, new Date('2055-06-01T00:00:00Z'));
    expect(new X509Certificate(cert).validToDate).toEqual(new Date('2056-05-31T00:00:00Z'));
  });

  it('is never the same twice', () => {
    const now = new Date();
    expect(selfSigned(hosts, now).cert).not.toBe(selfSigned(hosts, now).cert);
  });
});
