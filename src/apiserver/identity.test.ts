import { describe, expect, it } from 'vitest';
import { type Identity, identify, impersonation } from './identity.ts';

const bob: Identity = { user: 'bob', groups: ['devs'] };
const identities = new Map([['secret', bob]]);

describe('a bearer token', () => {
  it('says who asks', () => {
    expect(identify({ authorization: 'Bearer secret' }, identities)).toEqual({
      user: 'bob',
      groups: ['devs', 'system:authenticated'],
    });
  });

  it.each([[{}], [{ authorization: '' }], [{ authorization: 'Bearer other' }], [{ authorization: 'Basic secret' }]])(
    '%j is nobody',
    (headers) => {
      expect(identify(headers as Record<string, string>, identities)).toBeUndefined();
    },
  );
});

describe('impersonation', () => {
  it('is not asked for by most requests', () => {
    expect(impersonation({ authorization: 'Bearer secret' }, bob)).toBeUndefined();
  });

  it('needs permission for user, groups, uid and extras', () => {
    const headers = {
      'impersonate-user': 'joe',
      'impersonate-group': 'a, b',
      'impersonate-uid': '3',
      'impersonate-extra-foo%2fbar': 'x',
    };
    const asked = impersonation(headers, bob);
    expect(asked?.as).toEqual({
      user: 'joe',
      uid: '3',
      groups: ['a', 'b', 'system:authenticated'],
      extra: { 'foo/bar': ['x'] },
    });
    expect(
      asked?.needs.map(({ user, verb, group, resource, subresource, name }) => [
        user,
        verb,
        group,
        resource,
        subresource,
        name,
      ]),
    ).toEqual([
      ['bob', 'impersonate', undefined, 'users', undefined, 'joe'],
      ['bob', 'impersonate', undefined, 'groups', undefined, 'a'],
      ['bob', 'impersonate', undefined, 'groups', undefined, 'b'],
      ['bob', 'impersonate', 'authentication.k8s.io', 'userextras', 'foo/bar', 'x'],
      ['bob', 'impersonate', 'authentication.k8s.io', 'uids', undefined, '3'],
    ]);
  });

  it('of a service account brings its groups', () => {
    const asked = impersonation({ 'impersonate-user': 'system:serviceaccount:ns:sa' }, bob);
    expect(asked?.as.groups).toEqual(['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated']);
    expect(asked?.needs).toMatchObject([{ resource: 'serviceaccounts', namespace: 'ns', name: 'sa' }]);
  });

  it('of a group alone is refused', () => {
    expect(() => impersonation({ 'impersonate-group': 'joe' }, bob)).toThrow(
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"joe"}, Extra:map[string][]string(nil)} without impersonating a user name',
    );
  });
});
