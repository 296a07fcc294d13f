import { expect } from 'vitest';
import { CoordinationLease } from '../../../../src/kube/coordination-lease.ts';
import { refusal } from '../../expected.ts';
import type { Suite } from '../../ground.ts';

const lease = (renewTime: string) => ({
  apiVersion: 'coordination.k8s.io/v1' as const,
  kind: 'Lease' as const,
  metadata: { name: 'election' },
  spec: { holderIdentity: 'me', leaseDurationSeconds: 4, renewTime },
});

/** Times with six digits of a second, as built-in kinds want them. */
export const microtime: Suite = ({ promise, promises }) => {
  promise('six digits are taken as they are', async ({ leases }) => {
    const made = await leases.create(lease('2026-01-01T00:00:00.000001Z'));
    expect(made.spec).toEqual({
      holderIdentity: 'me',
      leaseDurationSeconds: 4,
      renewTime: '2026-01-01T00:00:00.000001Z',
    });
  });

  promises<string>(
    {
      'no digits are refused': '2026-01-01T00:00:00Z',
      'three digits are refused': '2026-01-01T00:00:00.001Z',
      'nine digits are refused': '2026-01-01T00:00:00.000000001Z',
    },
    async ({ leases }, time) => {
      const { code, reason, message } = await refusal(leases.create(lease(time)));
      expect({ code, reason }).toEqual({ code: 400, reason: 'BadRequest' });
      expect(message).toContain(`parsing time "${time}" as "2006-01-02T15:04:05.000000Z07:00"`);
    },
  );

  promise('another zone is turned into UTC', async ({ leases }) => {
    const made = await leases.create(lease('2026-01-01T02:00:00.000000+02:00'));
    expect(made.spec?.renewTime).toBe('2026-01-01T00:00:00.000000Z');
  });

  promise('null and nothing are the same', async ({ leases }) => {
    await leases.create(lease('2026-01-01T00:00:00.000001Z'));
    const now = await leases.mergePatch('election', { spec: { renewTime: null } });
    expect(now.spec).not.toHaveProperty('renewTime');
  });

  promise('a patch is held to it, too', async ({ leases }) => {
    await leases.create(lease('2026-01-01T00:00:00.000001Z'));
    const late = leases.mergePatch('election', { spec: { renewTime: '2026-01-01T00:00:00Z' } });
    expect((await refusal(late)).code).toBeGreaterThanOrEqual(400);
  });

  promise('a duration of nothing is Invalid', async ({ client, ns }) => {
    const none = { ...lease('2026-01-01T00:00:00.000001Z'), spec: { leaseDurationSeconds: 0 } };
    expect(await refusal(client.of(CoordinationLease, ns).create(none))).toMatchObject({
      code: 422,
      message: expect.stringContaining('spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'),
    });
  });

  promise('an event of events.k8s.io wants them as well', async ({ ask, ns }) => {
    const path = `/apis/events.k8s.io/v1/namespaces/${ns}/events`;
    const event = (eventTime: string) => ({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'granted' },
      eventTime,
      type: 'Normal',
      reason: 'Granted',
      action: 'Grant',
      reportingController: 'sync.konductor.io/operator',
      reportingInstance: 'operator-0',
      regarding: { apiVersion: 'sync.konductor.io/v1', kind: 'Permit', name: 'worker', namespace: ns },
      note: 'got it',
    });
    expect((await ask('POST', path, event('2026-01-01T00:00:00Z'))).status).toBe(400);
    expect(await ask('POST', path, event('2026-01-01T00:00:00.000000Z'))).toMatchObject({
      status: 201,
      body: { eventTime: '2026-01-01T00:00:00.000000Z', note: 'got it' },
    });
    // the same object, as the core group shows it
    expect(await ask('GET', `/api/v1/namespaces/${ns}/events/granted`)).toMatchObject({
      status: 200,
      body: { message: 'got it', involvedObject: { kind: 'Permit', name: 'worker' } },
    });
  });
};
