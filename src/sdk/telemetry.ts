import type { Attributes, Span, TraceAPI } from '@opentelemetry/api';
import { isBusy } from './busy.ts';
import { AbortedError, KonductorError } from './errors.ts';
import type { HoldFacts, HoldLife } from './hold.ts';

/** What a span is about. */
export interface Traced {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly holder?: string | undefined;
}

/** Runs it in a span `konductor.<operation>`; without OpenTelemetry it only runs. */
export function traced<T>(
  operation: 'acquire' | 'release' | 'wait',
  what: Traced,
  run: () => Promise<T>,
  told: (answer: T) => Attributes = () => ({}),
): Promise<T> {
  const loading = openTelemetry();
  if (!loading) return run();
  return loading.then((trace) => {
    if (!trace) return run();
    return trace
      .getTracer(TRACER)
      .startActiveSpan(`konductor.${operation}`, { attributes: attributesOf(what) }, async (span) => {
        try {
          const answer = await run();
          span.setAttributes({ [OUTCOME]: 'ok', ...told(answer) });
          return answer;
        } catch (error) {
          failed(span, error);
          throw error;
        } finally {
          span.end();
        }
      });
  });
}

/** The life with a span `konductor.hold` over it, from the grant to the release or the loss. */
export function tracedLife(facts: HoldFacts, life: HoldLife): HoldLife {
  const loading = openTelemetry();
  if (!loading) return life;
  const startTime = Date.now();
  const attributes = { ...attributesOf(facts), ...grantOf(facts) };
  const span = loading.then((trace) => trace?.getTracer(TRACER).startSpan('konductor.hold', { attributes, startTime }));
  let ended = false;
  let releasing: Promise<void> | undefined;
  const end = (outcome: string) => {
    if (ended) return;
    ended = true;
    const endTime = Date.now();
    void span.then((open) => {
      open?.setAttribute(OUTCOME, outcome);
      open?.end(endTime);
    });
  };
  life.signal.addEventListener('abort', () => end('lost'), { once: true });
  return {
    // one by one: spreading an object leaves its methods behind
    signal: life.signal,
    expiresAt: () => life.expiresAt(),
    remaining: () => life.remaining(),
    over: () => life.over(),
    renew: () => life.renew(),
    release() {
      end('released');
      // one that failed may be asked for again
      releasing ??= traced('release', facts, () => life.release()).catch((error: unknown) => {
        releasing = undefined;
        throw error;
      });
      return releasing;
    },
  };
}

/** What an acquire's span says of the grant. */
export const grantOf = ({ token, claim, holder }: Pick<HoldFacts, 'token' | 'claim' | 'holder'>): Attributes => ({
  'konductor.token': token,
  'konductor.claim': claim,
  'konductor.holder': holder,
});

const TRACER = '@konductor/sdk';
const OUTCOME = 'konductor.outcome';
/** Where every copy of the OpenTelemetry API keeps what the program has set up. */
const SET_UP = Symbol.for('opentelemetry.js.api.1');
/** SpanStatusCode.ERROR */
const ERROR = 2;

/** Undefined, and nothing is loaded, in a program that has set up no tracing. */
function openTelemetry(): Promise<TraceAPI | undefined> | undefined {
  const { [SET_UP]: setUp } = globalThis as { [SET_UP]?: { trace?: unknown } };
  if (!setUp?.trace) return undefined;
  return import('@opentelemetry/api').then(
    ({ trace }) => trace,
    // somebody else's dependency, and out of our sight: no reason to hold nothing
    () => undefined,
  );
}

const attributesOf = ({ kind, name, namespace, holder }: Traced): Attributes => ({
  'konductor.kind': kind,
  'konductor.name': name,
  'konductor.namespace': namespace,
  ...(holder !== undefined && { 'konductor.holder': holder }),
});

function failed(span: Span, error: unknown): void {
  span.setAttribute(OUTCOME, error instanceof KonductorError ? error.code.toLowerCase() : 'error');
  // no room and no wish to wait are answers
  if (isBusy(error) || error instanceof AbortedError) return;
  span.setStatus({ code: ERROR, message: error instanceof Error ? error.message : String(error) });
}
