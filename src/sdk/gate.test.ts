import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SdkWorld, sdkWorld, type WiredClient } from '../../test/support/sdk-world.ts';

let place: SdkWorld;
let client: WiredClient;

beforeEach(() => {
  place = sdkWorld();
  client = place.client();
});
afterEach(() => place.close());

describe('a gate', () => {
  it('opens when its conditions are met', async () => {
    await place.operator();
    await client.createSemaphore('db', { permits: 1 });
    await client.createGate('ready', { conditions: [{ semaphore: 'db' }, { barrier: 'loaded' }] });
    const waiting = client.waitGate('ready');
    await place.pass(1_000);
    expect(await client.checkGate('ready')).toBe(false);
    expect(await client.getGateConditions('ready')).toMatchObject([
      { type: 'Semaphore', name: 'db', met: true },
      { type: 'Barrier', name: 'loaded', met: false },
    ]);
    await client.createBarrier('loaded', { expected: 1 });
    await client.arriveBarrier('loaded');
    await place.until(waiting);
    expect(await client.checkGate('ready')).toBe(true);
  });

  it('says what is missing when the caller is out of time', async () => {
    await place.operator();
    await client.createGate('ready', { conditions: [{ barrier: 'loaded' }] });
    const failed = expect(client.waitGate('ready', { timeout: '10s' })).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/^timed out after 10s waiting for gate "ready": Barrier loaded: /),
    });
    await place.pass(10_000);
    await failed;
  });

  it('fails those who wait when its own time is over', async () => {
    await place.operator();
    await client.createGate('ready', { conditions: [{ barrier: 'loaded' }], timeout: 60 });
    const failed = expect(client.waitGate('ready')).rejects.toMatchObject({
      code: 'GATE_FAILED',
      message: expect.stringMatching(/^gate "ready" failed: its conditions were not met within 1m \(Barrier loaded: /),
    });
    await place.pass(70_000);
    await failed;
  });

  it('without conditions is opened and closed by hand', async () => {
    await place.operator();
    await client.createGate('manual');
    const waiting = client.waitGate('manual');
    await place.until(client.openGate('manual'));
    await waiting;
    expect(await client.checkGate('manual')).toBe(true);
    await place.until(client.closeGate('manual'));
    expect(await client.checkGate('manual')).toBe(false);
    // again is no news, and no failure
    await place.until(client.closeGate('manual'));
  });

  it('with conditions cannot be opened by hand', async () => {
    await client.createGate('ready', { conditions: [{ barrier: 'loaded' }] });
    await expect(client.openGate('ready')).rejects.toMatchObject({
      code: 'INVALID',
      problems: [{ field: 'spec.open', message: 'open is for gates without conditions' }],
    });
  });

  it('says when nobody follows', async () => {
    await client.createGate('manual');
    const failed = expect(client.openGate('manual')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'gate "manual" is to be open, but no operator has answered; is it running?',
    });
    await place.pass(6_000);
    await failed;
  });

  it('that is not there is said at once', async () => {
    await expect(client.waitGate('none')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'gate "none" does not exist in namespace "default": create it first',
    });
    await expect(client.checkGate('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
