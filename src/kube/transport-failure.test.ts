import { describe, expect, it } from 'vitest';
import { TransportError } from './errors.ts';
import { transportErrorOf } from './transport-failure.ts';

const POST = { method: 'POST', path: '/x', write: true, late: false, limit: 1, aborted: false };

const errno = (code: string, syscall?: string) => Object.assign(new Error(code), { code, ...(syscall && { syscall }) });

describe('a write whose connection failed', () => {
  it.each<[promise: string, error: Error, mayHaveHappened: boolean]>([
    ['did not happen when nobody listened', errno('ECONNREFUSED', 'connect'), false],
    ['did not happen when the name is unknown', errno('ENOTFOUND', 'getaddrinfo'), false],
    ['did not happen when there was no way to the host', errno('EHOSTUNREACH', 'connect'), false],
    ['may have happened when the way went after it was sent', errno('EHOSTUNREACH', 'read'), true],
    ['did not happen when no address could be reached', new AggregateError([errno('ENETUNREACH', 'connect')]), false],
    ['did not happen when the certificate was refused', errno('SELF_SIGNED_CERT_IN_CHAIN'), false],
    ['may have happened when a record was broken', errno('ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC'), true],
    ['may have happened when the connection was reset', errno('ECONNRESET', 'read'), true],
    ['is looked at behind what hides it', new Error('fetch failed', { cause: errno('EHOSTUNREACH', 'read') }), true],
  ])('%s', (_, error, mayHaveHappened) => {
    const failure = transportErrorOf(error, POST);
    expect(failure).toBeInstanceOf(TransportError);
    expect((failure as TransportError).mayHaveHappened).toBe(mayHaveHappened);
  });

  it('is as it was when the error is none of a connection', () => {
    const error = new Error('no token');
    expect(transportErrorOf(error, POST)).toBe(error);
  });
});
