import type { Problem } from '../api/problem.ts';
import type { BuiltInRules } from './built-in-rules.ts';
import type { Json } from './json.ts';
import type { StoredObject } from './stored-object.ts';

/** An event is one object with two faces: it is stored as core/v1 has it. */

const CORE_EVENTS = 'v1';
export const EVENTS = 'events.k8s.io/v1';

const MICRO_TIMES = ['eventTime', 'series.lastObservedTime'];

export const coreEventRules: BuiltInRules = {
  createOnUpdate: true,
  microTimes: MICRO_TIMES,
  toStorage: (event) => complete(event),
  fromStorage: (event) => event,
};

export const eventRules: BuiltInRules = {
  createOnUpdate: true,
  microTimes: MICRO_TIMES,
  toStorage: (event) => complete(renamed(event, CORE_EVENTS, TO_CORE)),
  fromStorage: (event) => renamed(event, EVENTS, FROM_CORE),
  problems: (event, old) => (old ? [] : requiredProblems(event)),
};

const PAIRS = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
] as const;

const TO_CORE = new Map<string, string>(PAIRS);
const FROM_CORE = new Map<string, string>(PAIRS.map(([events, core]) => [core, events]));

function renamed(event: StoredObject, apiVersion: string, names: ReadonlyMap<string, string>): StoredObject {
  const out: Record<string, Json | undefined> = {};
  for (const key in event) out[names.get(key) ?? key] = event[key];
  // what core/v1 always writes, the newer API leaves out
  for (const key of ['reportingController', 'reportingInstance']) if (out[key] === '') delete out[key];
  return { ...out, apiVersion } as StoredObject;
}

/** What Go writes even when it is not set. */
const complete = (event: StoredObject): StoredObject =>
  ({
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: null,
    reportingComponent: '',
    reportingInstance: '',
    ...event,
  }) as StoredObject;

/** In its stored form; the fields are named as the newer API has them. */
function requiredProblems(event: StoredObject): Problem[] {
  const missing = (field: string, value: Json | undefined): Problem[] =>
    value ? [] : [{ field, message: 'Required value' }];
  return [
    ...missing('eventTime', event['eventTime']),
    ...missing('reportingController', event['reportingComponent']),
    ...missing('reportingInstance', event['reportingInstance']),
    ...missing('action', event['action']),
    ...missing('reason', event['reason']),
  ];
}
