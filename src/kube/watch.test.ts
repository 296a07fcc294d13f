import { describe, expect, test } from 'vitest';
import {
  bookmark,
  listOf,
  type ScriptedStream,
  script,
  settled,
  statusOf,
  type Thing,
  thing,
} from '../../test/support/kube.ts';
import { Permit } from '../api/permit.ts';
import { virtualClock } from '../dev/virtual-clock.ts';
import { kubeClient } from './client.ts';
import { isGone, KubeError, TransportError } from './errors.ts';
import { UndecodableLineError } from './json-lines.ts';
import type { Resource } from './resource.ts';
import {
  type Change,
  keepWatching,
  ListenerError,
  OlderListError,
  SilentWatchError,
  type WatchOptions,
} from './watch.ts';

function watching(options: Partial<WatchOptions<Thing>> = {}) {
  const clock = virtualClock();
  const server = script();
  const changes: Change<Thing>[] = [];
  const errors: unknown[] = [];
  const stop = new AbortController();
  const client = kubeClient(server.transport, { clock, random: () => 0.5 });
  const ended = keepWatching<Thing>({
    resource: client.of(Permit) as unknown as Resource<Thing, never>,
    onChange: (change) => changes.push(change),
    onError: (error) => errors.push(error),
    clock,
    random: () => 0.5,
    signal: stop.signal,
    ...options,
  });
  const said = () =>
    changes.map((change) => {
      if (change.type === 'replaced')
        return `replaced ${change.objects.map(({ metadata }) => metadata.name).join(' ')} @${change.resourceVersion}`;
      if (change.type === 'reached') return `reached @${change.resourceVersion}`;
      return `${change.type} ${change.object.metadata.name} @${change.object.metadata.resourceVersion}`;
    });
  /** Answers the first list, and the watch after it. */
  const begun = async (...names: string[]): Promise<ScriptedStream> => {
    (await server.call()).answer(
      200,
      listOf(
        names.map((name, index) => thing(name, index + 1)),
        10,
      ),
    );
    return (await server.call()).stream();
  };
  return { clock, server, changes, said, errors, stop, ended, begun };
}

describe('a watch that lasts', () => {
  test('lists, then tells every change from there', async () => {
    const { server, said, begun } = watching();
    const stream = await begun('a');
    stream.event('ADDED', thing('b', 11));
    stream.event('MODIFIED', thing('a', 12));
    stream.event('DELETED', thing('b', 13));
    stream.event('BOOKMARK', bookmark(20));
    await settled();
    expect(said()).toEqual(['replaced a @10', 'added b @11', 'modified a @12', 'deleted b @13', 'reached @20']);
    const [list, watch] = server.calls.map(({ path }) => path);
    expect(list).toBe('/apis/sync.konductor.io/v1/permits?limit=500');
    expect(watch).toBe(
      '/apis/sync.konductor.io/v1/permits?watch=true&allowWatchBookmarks=true&resourceVersion=10&timeoutSeconds=450',
    );
  });

  test('lists page by page', async () => {
    const { server, said } = watching();
    (await server.call()).answer(200, listOf([thing('a', 1)], 10, { continue: 'more' }));
    const second = await server.call();
    expect(second.query.get('continue')).toBe('more');
    second.answer(200, listOf([thing('b', 2)], 10));
    await server.call();
    expect(said()).toEqual(['replaced a b @10']);
  });

  test('begins its list again when the server has forgotten its pages', async () => {
    const { server, said } = watching();
    (await server.call()).answer(200, listOf([thing('a', 1)], 10, { continue: 'more' }));
    (await server.call()).answer(410, statusOf(410, 'Expired'));
    const again = await server.call();
    expect(again.query.has('continue')).toBe(false);
    again.answer(200, listOf([thing('b', 2)], 12));
    await server.call();
    expect(said()).toEqual(['replaced b @12']);
  });

  test('reads lines however they are cut', async () => {
    const { said, begun } = watching();
    const stream = await begun();
    const [one, other] = [thing('ü', 11), thing('b', 12)].map((object) => JSON.stringify({ type: 'ADDED', object }));
    const text = `${one}\r\n\n${other}\n`;
    for (const character of text) stream.send(character);
    await settled();
    expect(said().slice(1)).toEqual(['added ü @11', 'added b @12']);
  });

  test('leaves managedFields out', async () => {
    const { changes, begun } = watching();
    const stream = await begun();
    stream.event('ADDED', { ...thing('a', 11), metadata: { ...thing('a', 11).metadata, managedFields: [{}] } });
    await settled();
    expect(changes[1]).toEqual({ type: 'added', object: thing('a', 11) });
  });

  test('ignores a line that comes twice, and one that is older than what was told', async () => {
    const { said, begun } = watching();
    const stream = await begun();
    stream.event('ADDED', thing('a', 12));
    stream.event('ADDED', thing('a', 12));
    stream.event('MODIFIED', thing('a', 9));
    await settled();
    expect(said().slice(1)).toEqual(['added a @12']);
  });

  test('resumes at once where it was when the server ends it in order', async () => {
    const { server, begun, errors, clock } = watching();
    const stream = await begun();
    stream.event('BOOKMARK', bookmark(40));
    stream.end();
    const next = await server.call();
    expect(next.query.get('resourceVersion')).toBe('40');
    expect(clock.monotonic()).toBe(0);
    expect(errors).toEqual([]);
  });

  test('does not spin when the server ends every watch at once', async () => {
    const { server, begun, clock } = watching();
    (await begun()).end();
    await settled();
    expect(server.untaken).toBe(0);
    await clock.advance(400);
    expect((await server.call()).query.get('resourceVersion')).toBe('10');
  });

  test('resumes where it was, without a list, when the stream breaks inside a line', async () => {
    const { server, begun, clock, errors } = watching();
    const stream = await begun();
    stream.event('ADDED', thing('a', 11));
    stream.send('{"type":"MODI');
    stream.end();
    await settled();
    expect(errors).toMatchObject([{ name: 'TransportError', failure: 'reset' }]);
    await clock.advance(400);
    expect((await server.call()).query.get('resourceVersion')).toBe('11');
  });

  test.for([
    ['500', 500, statusOf(500, 'InternalError')],
    ['429', 429, statusOf(429, 'TooManyRequests')],
    ['401', 401, statusOf(401, 'Unauthorized')],
    ['a page of a load balancer', 502, '<html>bad gateway</html>'],
  ] as const)('goes on after %s', async ([, code, body]) => {
    const { server, begun, clock, said, errors } = watching();
    (await begun()).fail(new TransportError('reset', 'gone'));
    await settled();
    await clock.advance(400);
    (await server.call()).answer(code, body);
    await settled();
    await clock.advance(800);
    const stream = (await server.call()).stream();
    stream.event('ADDED', thing('a', 11));
    await settled();
    expect(errors.map((error) => (error instanceof KubeError ? error.code : 0))).toEqual([0, code]);
    expect(said().at(-1)).toBe('added a @11');
  });

  test('waits longer each time it fails, up to a bound, and is quick again after the first event', async () => {
    const { server, begun, clock } = watching();
    let stream = await begun();
    const waits: number[] = [];
    for (let failure = 0; failure < 9; failure++) {
      stream.fail(new TransportError('reset', 'gone'));
      await settled();
      const next = clock.nextTimer() ?? 0;
      waits.push(Math.round(next - clock.monotonic()));
      await clock.advance(next - clock.monotonic());
      stream = (await server.call()).stream();
      await settled();
    }
    expect(waits).toEqual([400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000, 15_000]);
    stream.event('ADDED', thing('a', 11));
    stream.fail(new TransportError('reset', 'gone'));
    await settled();
    expect((clock.nextTimer() ?? 0) - clock.monotonic()).toBeCloseTo(400);
  });

  test('leaves a server alone as long as it asks', async () => {
    const { server, begun, clock } = watching();
    (await begun()).fail(new TransportError('reset', 'gone'));
    await settled();
    await clock.advance(400);
    (await server.call()).answer(429, statusOf(429, 'TooManyRequests'), { 'retry-after': '7' });
    await settled();
    await clock.advance(6_999);
    expect(server.untaken).toBe(0);
    await clock.advance(1);
    await server.call();
  });

  test.for(['as the answer', 'inside the stream'])('lists again after 410 %s', async (how) => {
    const { server, begun, clock, said, errors } = watching();
    const stream = await begun('a', 'b');
    if (how === 'inside the stream') stream.event('ERROR', statusOf(410, 'Expired'));
    else {
      stream.event('BOOKMARK', bookmark(10));
      stream.end();
      (await server.call()).answer(410, statusOf(410, 'Gone'));
    }
    await settled();
    expect(errors.every(isGone)).toBe(true);
    await clock.advance(400);
    const list = await server.call();
    expect(list.query.has('watch')).toBe(false);
    list.answer(200, listOf([thing('b', 15)], 30));
    expect((await server.call()).query.get('resourceVersion')).toBe('30');
    expect(said().at(-1)).toBe('replaced b @30');
  });

  test('goes on from where it was after any other error inside the stream', async () => {
    const { server, begun, clock } = watching();
    (await begun()).event('ERROR', statusOf(500, 'InternalError'));
    await settled();
    await clock.advance(400);
    expect((await server.call()).query.get('resourceVersion')).toBe('10');
  });

  test('says that a line could not be read, and lists again', async () => {
    const { server, begun, clock, errors } = watching();
    (await begun()).send('{"type":"ADDED","object":{]}\n');
    await settled();
    expect(errors[0]).toBeInstanceOf(UndecodableLineError);
    await clock.advance(400);
    expect((await server.call()).query.has('watch')).toBe(false);
  });

  test('refuses a list older than what it has seen, and lists until it is not', async () => {
    const { server, begun, clock, said, errors } = watching();
    const stream = await begun('a');
    stream.event('MODIFIED', thing('a', 100));
    stream.event('ERROR', statusOf(410, 'Expired'));
    await settled();
    await clock.advance(400);
    (await server.call()).answer(200, listOf([], 99));
    await settled();
    expect(errors.at(-1)).toBeInstanceOf(OlderListError);
    expect(said().at(-1)).toBe('modified a @100');
    await clock.advance(30_000);
    (await server.call()).answer(200, listOf([thing('a', 100)], 100));
    await server.call();
    expect(said().at(-1)).toBe('replaced a @100');
  });

  test('finds out a watch that does not end when it must', async () => {
    const { server, begun, clock, errors } = watching();
    const stream = await begun();
    await clock.advance(464_999);
    expect(stream.open).toBe(true);
    await clock.advance(1);
    await settled();
    expect(stream.open).toBe(false);
    expect(errors[0]).toBeInstanceOf(SilentWatchError);
    await clock.advance(800);
    expect((await server.call()).query.get('resourceVersion')).toBe('10');
  });

  test('finds out sooner when the server is known to send bookmarks', async () => {
    const { begun, clock, errors } = watching();
    const stream = await begun();
    await clock.advance(60_000);
    stream.event('BOOKMARK', bookmark(11));
    await settled();
    await clock.advance(199_999);
    expect(stream.open).toBe(true);
    await clock.advance(1);
    await settled();
    expect(stream.open).toBe(false);
    expect(errors).toHaveLength(1);
  });

  test('keeps a quiet watch that lives', async () => {
    const { begun, clock, errors } = watching();
    const stream = await begun();
    for (let minute = 0; minute < 7; minute++) {
      await clock.advance(60_000);
      stream.event('BOOKMARK', bookmark(11 + minute));
      await settled();
    }
    expect(stream.open).toBe(true);
    expect(errors).toEqual([]);
  });

  test('goes on when a listener throws, and says so', async () => {
    const told: string[] = [];
    const { begun, errors } = watching({
      onChange: (change) => {
        told.push(change.type);
        throw new Error('listener');
      },
    });
    const stream = await begun();
    stream.event('ADDED', thing('a', 11));
    await settled();
    expect(told).toEqual(['replaced', 'added']);
    expect(errors).toMatchObject([{ cause: { message: 'listener' } }, { cause: { message: 'listener' } }]);
    expect(errors[0]).toBeInstanceOf(ListenerError);
  });

  test('leaves nothing behind when it is ended', async () => {
    for (const when of ['listing', 'watching', 'waiting']) {
      const { begun, server, clock, stop, ended, errors } = watching();
      if (when === 'listing') await server.call();
      else {
        const stream = await begun();
        await settled();
        if (when === 'waiting') stream.fail(new TransportError('reset', 'gone'));
        await settled();
        errors.length = 0;
      }
      stop.abort();
      await ended;
      expect([when, clock.nextTimer(), errors]).toEqual([when, undefined, []]);
    }
  });
});
