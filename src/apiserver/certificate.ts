import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, explicit, implicit, integer, octets, oid, pem, sequence, set, time, utf8, yes } from './der.ts';

/** A key and a certificate, both PEM. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

/** A new key, and a certificate for these names and addresses that is its own authority, good for a year. */
export function selfSigned(hosts: readonly string[], now: Date): KeyAndCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    ECDSA_WITH_SHA256,
    NAME,
    sequence(time(new Date(now.getTime() - CLOCK_SKEW)), time(new Date(now.getTime() + YEAR))),
    NAME,
    spki,
    explicit(3, sequence(...extensions(hosts, spki))),
  );
  const signature = sign('sha256', body, privateKey);
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem('CERTIFICATE', sequence(body, ECDSA_WITH_SHA256, bits(signature))),
  };
}

/** So that a peer whose clock is a little behind does not refuse. */
const CLOCK_SKEW = 5 * 60 * 1000;
const YEAR = 365 * 24 * 60 * 60 * 1000;

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const NAME = sequence(set(sequence(oid('2.5.4.3'), utf8('konductor'))));
const SERVER_AUTH = oid('1.3.6.1.5.5.7.3.1');

// digitalSignature and keyCertSign: the server's certificate and the authority are one
const KEY_USAGE = bits(Buffer.from([0b1000_0100]), 2);

function extensions(hosts: readonly string[], spki: Buffer): readonly Buffer[] {
  const keyId = createHash('sha1').update(spki).digest();
  return [
    critical('2.5.29.15', KEY_USAGE),
    extension('2.5.29.37', sequence(SERVER_AUTH)),
    critical('2.5.29.19', sequence(yes)),
    extension('2.5.29.14', octets(keyId)),
    extension('2.5.29.35', sequence(implicit(0, keyId))),
    extension('2.5.29.17', sequence(...hosts.map(alternativeName))),
  ];
}

const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), octets(value));
const critical = (id: string, value: Buffer): Buffer => sequence(oid(id), yes, octets(value));

const alternativeName = (host: string): Buffer =>
  isIP(host) === 0 ? implicit(2, Buffer.from(host, 'ascii')) : implicit(7, addressBytes(host));

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // the URL parser writes every IPv6 address in one form: hexadecimal groups, with at most one gap
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = groups(head);
  const right = groups(tail ?? '');
  const gap = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => 0);
  return Buffer.from([...left, ...gap, ...right].flatMap((group) => [group >> 8, group & 0xff]));
}

const groups = (text: string): readonly number[] =>
  text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
