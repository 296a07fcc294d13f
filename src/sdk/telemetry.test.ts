import { type Attributes, type Span, type SpanOptions, type Tracer, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startKonductor, type VirtualKonductor } from '../dev/testing.ts';

interface Recorded {
  readonly name: string;
  readonly attributes: Attributes;
  error: boolean;
  ended: number;
}

/** What an OpenTelemetry SDK is to the library: somebody who is told of spans. */
function recorder() {
  const spans: Recorded[] = [];
  const startSpan = (name: string, { attributes = {} }: SpanOptions = {}): Span => {
    const recorded: Recorded = { name, attributes: { ...attributes }, error: false, ended: 0 };
    spans.push(recorded);
    const span = {
      setAttribute: (key: string, value: string) => Object.assign(recorded.attributes, { [key]: value }) && span,
      setAttributes: (more: Attributes) => Object.assign(recorded.attributes, more) && span,
      setStatus: () => {
        recorded.error = true;
        return span;
      },
      end: () => void recorded.ended++,
    } as unknown as Span;
    return span;
  };
  const tracer = {
    startSpan,
    startActiveSpan: (name: string, options: SpanOptions, run: (span: Span) => unknown) =>
      run(startSpan(name, options)),
  } as Tracer;
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  return spans;
}

describe('with OpenTelemetry', () => {
  let konductor: VirtualKonductor;
  let spans: Recorded[];
  beforeEach(async () => {
    spans = recorder();
    konductor = await startKonductor({ clock: 'virtual' });
    await konductor.client.createSemaphore('db', { permits: 1, ttl: '30s' });
  });
  afterEach(async () => {
    await konductor.stop();
    trace.disable();
  });

  const said = () =>
    spans.map(({ name, attributes, error, ended }) => [name, attributes['konductor.outcome'], { error, ended }]);

  it('a hold is a span from its grant to its release, beside the wait and the release', async () => {
    const permit = await konductor.client.acquireSemaphore('db');
    await konductor.clock.advance('1s');
    await permit.renew();
    permit.assertHeld();
    expect(permit.expiresAt.getTime()).toBeGreaterThan(permit.acquiredAt.getTime());
    expect(permit.remaining).toBeGreaterThan(0);
    await permit.release();
    await permit.release();
    const well = { error: false, ended: 1 };
    expect(said()).toEqual([
      ['konductor.acquire', 'ok', well],
      ['konductor.hold', 'released', well],
      ['konductor.release', 'ok', well],
    ]);
    expect(spans[0]?.attributes).toEqual({
      'konductor.kind': 'Semaphore',
      'konductor.name': 'db',
      'konductor.namespace': 'default',
      'konductor.holder': 'test',
      'konductor.token': permit.token,
      'konductor.claim': permit.claim,
      'konductor.outcome': 'ok',
    });
    expect(spans[1]?.attributes).toMatchObject({ 'konductor.name': 'db', 'konductor.token': permit.token });
  });

  it('a loss ends the span of the hold', async () => {
    await konductor.client.acquireSemaphore('db');
    await konductor.connect({ holder: 'admin' }).releaseSemaphore('db', { holder: 'test' });
    await konductor.clock.advance('1s');
    expect(said()[1]).toEqual(['konductor.hold', 'lost', { error: false, ended: 1 }]);
  });

  it('no room is an outcome, and no error; what cannot be is one', async () => {
    await using _permit = await konductor.client.acquireSemaphore('db');
    await konductor.client.tryAcquireSemaphore('db').catch(() => {});
    await konductor.client.tryAcquireLease('nowhere').catch(() => {});
    expect(said().slice(2)).toEqual([
      ['konductor.acquire', 'held', { error: false, ended: 1 }],
      ['konductor.acquire', 'not_found', { error: true, ended: 1 }],
    ]);
  });

  it('a wait for a gate is a span', async () => {
    await konductor.client.createGate('go');
    await konductor.client.openGate('go');
    spans.length = 0;
    await konductor.client.waitGate('go');
    expect(said()).toEqual([['konductor.wait', 'ok', { error: false, ended: 1 }]]);
    expect(spans[0]?.attributes).toMatchObject({ 'konductor.kind': 'Gate', 'konductor.name': 'go' });
  });

  it('nothing is told when nobody has set it up', async () => {
    trace.disable();
    await (await konductor.client.acquireSemaphore('db')).release();
    expect(spans).toEqual([]);
  });
});
