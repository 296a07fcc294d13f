import { describe, expect, it } from 'vitest';
import { aServer, PERMITS, SEMAPHORES } from '../../test/support/apiserver.ts';

const identities = new Map([
  ['root', { user: 'root', groups: ['system:masters'] }],
  ['bob', { user: 'bob', groups: [] }],
]);
const as = (token: string, more: object = {}) => ({ authorization: `Bearer ${token}`, ...more });
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

describe('with identities and RBAC', () => {
  it('a token that nobody has is Unauthorized', async () => {
    const { send } = aServer({ identities, authorization: 'RBAC' });
    expect((await send('GET', PERMITS, undefined, as('nobody'))).status).toBe(401);
  });

  it('who has no role is told what is missing, and may with one', async () => {
    const { send } = aServer({ identities, authorization: 'RBAC' });
    expect((await send('GET', PERMITS, undefined, as('bob'))).body).toMatchObject({
      code: 403,
      message:
        'permits.sync.konductor.io is forbidden: User "bob" cannot list resource "permits" in API group "sync.konductor.io" in the namespace "default"',
    });
    const rules = [{ apiGroups: ['sync.konductor.io'], resources: ['permits'], verbs: ['list'] }];
    await send('POST', `${RBAC}/namespaces/default/roles`, { metadata: { name: 'reader' }, rules }, as('root'));
    const binding = {
      metadata: { name: 'bob' },
      roleRef: { kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'User', name: 'bob' }],
    };
    await send('POST', `${RBAC}/namespaces/default/rolebindings`, binding, as('root'));
    expect((await send('GET', PERMITS, undefined, as('bob'))).status).toBe(200);
    expect((await send('GET', SEMAPHORES, undefined, as('bob'))).status).toBe(403);
  });

  it('everybody known may look around and ask what they may do', async () => {
    const { send } = aServer({ identities, authorization: 'RBAC' });
    expect((await send('GET', '/apis', undefined, as('bob'))).status).toBe(200);
    const review = {
      spec: {
        resourceAttributes: { verb: 'list', group: 'sync.konductor.io', resource: 'permits', namespace: 'default' },
      },
    };
    const answer = await send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, as('bob'));
    expect(answer).toMatchObject({ status: 201, body: { status: { allowed: false } } });
  });

  it('who may impersonate is somebody else, in the history too', async () => {
    const { server, send } = aServer({ identities, authorization: 'RBAC' });
    const denied = await send('GET', PERMITS, undefined, as('root', { 'impersonate-user': 'bob' }));
    expect(denied.body.message).toContain('User "bob" cannot list');
    const refused = await send('GET', PERMITS, undefined, as('bob', { 'impersonate-user': 'root' }));
    expect(refused.body.message).toContain('User "bob" cannot impersonate resource "users"');
    expect(server.history).toEqual([]);
  });
});
