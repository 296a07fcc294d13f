import { KubeError } from '../../src/kube/errors.ts';

/** What a call was refused with, as plain data, so that a failing test shows all of it. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  const answer = await call.then(
    (value) => value,
    (error: unknown) => error,
  );
  if (!(answer instanceof KubeError)) {
    throw new Error(`it was to be refused, and was not: ${JSON.stringify(answer)}`, { cause: answer });
  }
  const { code, reason, message, details } = answer;
  return { code, reason, message, details };
}

export type Refusal = Pick<KubeError, 'code' | 'reason' | 'message' | 'details'>;

/** So many values of a stream, which is then left. */
export async function take<T>(stream: AsyncIterable<T>, count: number): Promise<readonly T[]> {
  const taken: T[] = [];
  for await (const value of stream) if (taken.push(value) === count) return taken;
  throw new Error(`the stream ended after ${taken.length} of ${count}: ${JSON.stringify(taken)}`);
}

/** The values of a stream up to the first that is meant, that one included. */
export async function takeUntil<T>(stream: AsyncIterable<T>, last: (value: T) => boolean): Promise<readonly T[]> {
  const taken: T[] = [];
  for await (const value of stream) {
    taken.push(value);
    if (last(value)) return taken;
  }
  throw new Error(`the stream ended before what was waited for: ${JSON.stringify(taken)}`);
}
