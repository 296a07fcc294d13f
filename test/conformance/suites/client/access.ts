import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { Semaphore } from '../../../../src/api/semaphore.ts';
import { until } from '../../../cluster/until.ts';
import { refusal } from '../../expected.ts';
import type { Suite } from '../../ground.ts';
import { semaphore } from '../../objects.ts';
import { type Place, placeIn } from '../../place.ts';
import type { ConformanceServer, Headers } from '../../server.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const GROUP = 'sync.konductor.io';

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
}

const rule = (verbs: readonly string[], ...resources: readonly string[]): Rule => ({
  verbs,
  apiGroups: [GROUP],
  resources,
});

/** Who may do what, and how a refusal reads. */
export const access: Suite = ({ promise }) => {
  promise('who has no rights is told what they may not do', async (place) => {
    const ann = await someone(place);
    expect(await refusal(ann.semaphores.create(semaphore('db')))).toEqual({
      code: 403,
      reason: 'Forbidden',
      message: `semaphores.sync.konductor.io is forbidden: User "${ann.user}" cannot create resource "semaphores" in API group "sync.konductor.io" in the namespace "${place.ns}"`,
      details: { group: GROUP, kind: 'semaphores' },
    });
    expect(await refusal(ann.semaphores.get('db'))).toEqual({
      code: 403,
      reason: 'Forbidden',
      message: `semaphores.sync.konductor.io "db" is forbidden: User "${ann.user}" cannot get resource "semaphores" in API group "sync.konductor.io" in the namespace "${place.ns}"`,
      details: { name: 'db', group: GROUP, kind: 'semaphores' },
    });
    expect(await refusal(ann.client.of(Semaphore).list())).toMatchObject({
      message: `semaphores.sync.konductor.io is forbidden: User "${ann.user}" cannot list resource "semaphores" in API group "sync.konductor.io" at the cluster scope`,
    });
    expect(await refusal(ann.maps.list())).toMatchObject({
      message: `configmaps is forbidden: User "${ann.user}" cannot list resource "configmaps" in API group "" in the namespace "${place.ns}"`,
      details: { kind: 'configmaps' },
    });
  });

  promise('verbs are allowed one by one', async (place) => {
    const ann = await someone(place);
    await allow(place, ann, rule(['get', 'create'], 'semaphores'));
    await ann.semaphores.create(semaphore('db'));
    expect((await ann.semaphores.get('db')).metadata.name).toBe('db');
    const refused = {
      list: () => ann.semaphores.list(),
      watch: () => ann.semaphores.watch({ resourceVersion: '0' }).next(),
      patch: () => ann.semaphores.mergePatch('db', { spec: { permits: 4 } }),
      delete: () => ann.semaphores.delete('db'),
    };
    for (const [verb, call] of Object.entries(refused)) {
      expect((await refusal(call())).message).toContain(`cannot ${verb} resource`);
    }
    const replaced = ann.semaphores.get('db').then((live) => ann.semaphores.replace(live));
    expect((await refusal(replaced)).message).toContain('cannot update resource');
    const { body } = await ann.ask<{ message: string }>('DELETE', place.path(Semaphore));
    expect(body.message).toContain('cannot deletecollection resource');
  });

  promise('the status is a right of its own', async (place) => {
    const [writer, operator] = [await someone(place), await someone(place)];
    await place.semaphores.create(semaphore('db'));
    await allow(place, writer, rule(['patch'], 'semaphores'));
    await allow(place, operator, rule(['patch'], 'semaphores/status'));
    expect(await refusal(writer.semaphores.patchStatus('db', { inUse: 1 }))).toMatchObject({
      message: `semaphores.sync.konductor.io "db" is forbidden: User "${writer.user}" cannot patch resource "semaphores/status" in API group "sync.konductor.io" in the namespace "${place.ns}"`,
    });
    expect((await operator.semaphores.patchStatus('db', { inUse: 1 })).status).toEqual({ inUse: 1 });
    expect(await refusal(operator.semaphores.mergePatch('db', { spec: { permits: 9 } }))).toMatchObject({ code: 403 });
  });

  promise('a right can be to one name', async (place) => {
    const ann = await someone(place);
    await place.semaphores.create(semaphore('mine'));
    await place.semaphores.create(semaphore('theirs'));
    await allow(place, ann, { ...rule(['get'], 'semaphores'), resourceNames: ['mine'] });
    expect((await ann.semaphores.get('mine')).metadata.name).toBe('mine');
    expect(await refusal(ann.semaphores.get('theirs'))).toMatchObject({ code: 403 });
    expect(await refusal(ann.semaphores.list())).toMatchObject({ code: 403 });
  });

  promise('rights come by group as well', async (place) => {
    const group = `team-${randomUUID()}`;
    const ann = await someone(place, group);
    await allow(place, ann, rule(['list'], 'semaphores'), {
      kind: 'Group',
      apiGroup: 'rbac.authorization.k8s.io',
      name: group,
    });
    expect((await ann.semaphores.list()).items).toEqual([]);
  });

  promise('rights end at the namespace', async (place) => {
    const ann = await someone(place);
    await allow(place, ann, rule(['*'], '*'));
    expect((await ann.semaphores.list()).items).toEqual([]);
    const elsewhere = await place.namespace();
    expect(await refusal(ann.client.of(Semaphore, elsewhere).list())).toMatchObject({ code: 403 });
  });

  promise('an apply of what is not there takes the right to create, too', async (place) => {
    const ann = await someone(place);
    await allow(place, ann, rule(['patch'], 'semaphores'));
    expect(await refusal(ann.semaphores.apply(semaphore('db')))).toMatchObject({ code: 403 });
    await place.semaphores.create(semaphore('db'));
    expect((await ann.semaphores.apply(semaphore('db'))).metadata.name).toBe('db');
  });

  promise('everybody may ask what they may do', async (place) => {
    const ann = await someone(place);
    expect(await mayI(ann, place.ns, 'create', 'semaphores')).toBe(false);
    await allow(place, ann, rule(['create'], 'semaphores'));
    expect(await mayI(ann, place.ns, 'create', 'semaphores')).toBe(true);
    expect(await mayI(ann, place.ns, 'delete', 'semaphores')).toBe(false);
    expect(await mayI(ann, place.ns, 'create', 'semaphores', 'status')).toBe(false);
    expect(await mayI(place, place.ns, 'delete', 'semaphores')).toBe(true);
  });

  promise('everybody may ask who they are', async (place) => {
    const ann = await someone(place, 'team-a');
    const { status, body } = await ann.ask<{ status: { userInfo: object } }>(
      'POST',
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    );
    expect(status).toBe(201);
    expect(body.status.userInfo).toMatchObject({ username: ann.user, groups: ['team-a', 'system:authenticated'] });
  });

  promise('an administrator may speak for others, and for nobody half', async ({ ask }) => {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const whoAmI = (headers: Headers) =>
      ask<{ status: { userInfo: object } }>(
        'POST',
        '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        review,
        headers,
      );
    const { body } = await whoAmI({ 'impersonate-user': 'system:serviceaccount:team:worker' });
    expect(body.status.userInfo).toMatchObject({
      username: 'system:serviceaccount:team:worker',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:team', 'system:authenticated'],
    });
    expect((await whoAmI({ 'impersonate-group': 'team' })).status).toBeGreaterThanOrEqual(400);
  });

  promise('an administrator may ask for others', async (place) => {
    const ann = await someone(place);
    await allow(place, ann, rule(['get'], 'gates'));
    const ask = async (verb: string) => {
      const { body } = await place.ask<Review>('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user: ann.user, resourceAttributes: { namespace: place.ns, verb, group: GROUP, resource: 'gates' } },
      });
      return body.status.allowed;
    };
    expect([await ask('get'), await ask('delete')]).toEqual([true, false]);
  });

  promise('a token nobody has is 401', async ({ withToken, ns }) => {
    const stranger = placeIn(await withToken('nonsense'), ns);
    expect(await refusal(stranger.semaphores.list())).toEqual({
      code: 401,
      reason: 'Unauthorized',
      message: 'Unauthorized',
      details: {},
    });
  });

  promise('a path that is no resource is a right, too', async (place) => {
    const ann = await someone(place);
    expect(await ann.ask('GET', '/metrics')).toMatchObject({
      status: 403,
      body: { message: `forbidden: User "${ann.user}" cannot get path "/metrics"` },
    });
    for (const path of ['/version', '/api', '/apis', '/healthz', '/livez', '/readyz', '/openapi/v3']) {
      expect((await ann.ask('GET', path)).status, path).toBe(200);
    }
  });
};

interface Review {
  readonly status: { readonly allowed: boolean };
}

interface Someone extends Place {
  readonly user: string;
}

/** Somebody who has no rights yet, in the same namespace. */
async function someone(place: Place, ...groups: readonly string[]): Promise<Someone> {
  const user = `ann-${randomUUID()}`;
  return { ...placeIn(await place.as({ user, groups }), place.ns), user };
}

async function allow(place: Place, who: Someone, rule: Rule, subject: object = user(who)): Promise<void> {
  const name = `role-${randomUUID()}`;
  const within = `${RBAC}/namespaces/${place.ns}`;
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
  const answers = [
    await place.ask('POST', `${within}/roles`, { metadata: { name }, rules: [rule] }),
    await place.ask('POST', `${within}/rolebindings`, { metadata: { name }, roleRef, subjects: [subject] }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  const [verb = ''] = rule.verbs;
  const [resource = '', subresource] = (rule.resources[0] ?? '').split('/');
  // a real server hears of its own roles by a watch, and tells nobody when it has
  const allowed = () => mayI(who, place.ns, verb, resource, subresource, rule.resourceNames?.[0]);
  await until(allowed, { within: 10_000, what: `${who.user} may ${verb}` });
}

const user = ({ user: name }: Someone) => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name });

async function mayI(
  { ask }: ConformanceServer,
  namespace: string,
  verb: string,
  resource: string,
  subresource?: string,
  name?: string,
): Promise<boolean> {
  const { body } = await ask<Review>('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { namespace, verb, group: GROUP, resource, subresource, name } },
  });
  return body.status.allowed;
}
