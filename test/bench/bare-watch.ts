import { PERMITS } from './permits.ts';
import type { Place } from './server-process.ts';

/** A watch by fetch alone that comes back at once whatever happened: how fast it can be. */
export function bareWatch({ url }: Place, from: string, heard: (version: number) => void) {
  const ending = new AbortController();
  let position = from;
  const once = async () => {
    const address = `${url}${PERMITS}?watch=true&resourceVersion=${position}`;
    const { body } = await fetch(address, { signal: ending.signal });
    if (!body) return;
    let begun = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const lines = (begun + chunk).split('\n');
      begun = lines.pop() ?? '';
      for (const line of lines) {
        position = (JSON.parse(line) as { object: { metadata: { resourceVersion: string } } }).object.metadata
          .resourceVersion;
        heard(Number(position));
      }
    }
  };
  const run = async () => {
    while (!ending.signal.aborted) await once().catch(() => {});
  };
  const ended = run();
  return {
    stop() {
      ending.abort();
      return ended;
    },
  };
}
