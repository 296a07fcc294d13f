import type { Condition } from '../../api/condition.ts';
import { formatTime } from '../../api/time.ts';
import type { Picture } from '../../core/picture.ts';
import { waitsFor } from '../../core/picture.ts';
import type { BarrierPicture, GatePicture } from '../../core/picture-of-wait.ts';
import type { QueuePicture } from '../../core/queue-picture.ts';
import { sayAge } from './age.ts';
import { harmless, type Row, tableOf } from './table.ts';

/** What there is to show of any of our resources. */
export interface Described {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly creationTimestamp: string };
  readonly spec: object;
  readonly status?: { readonly phase?: string | undefined; readonly conditions?: readonly Condition[] | undefined };
}

/** One resource on a page: what it is to be, what it is, and who is concerned. */
export function pageOf(object: Described, picture: Picture): string {
  const { metadata, spec, status } = object;
  const facts: Row[] = [
    ['Name:', metadata.name],
    ['Namespace:', metadata.namespace ?? ''],
    ['Created:', `${metadata.creationTimestamp} (${sayAge(picture.now - Date.parse(metadata.creationTimestamp))} ago)`],
    ...Object.entries(spec).flatMap(([field, value]) => factOf(field, value)),
    ['Phase:', status?.phase ?? '<none>'],
    ['Now:', harmless(waitsFor(picture))],
  ];
  return [block(facts), ...sectionsOf(picture), conditionsOf(status?.conditions ?? [])].filter(Boolean).join('\n');
}

/** `maxTTL` is `Max TTL`. What is itself made of fields has a section of its own. */
function factOf(field: string, value: unknown): Row[] {
  if (typeof value === 'object' && !(Array.isArray(value) && value.every((item) => typeof item === 'string')))
    return [];
  const words = field.replaceAll(/([a-z])([A-Z])/g, '$1 $2');
  const label = words === 'ttl' ? 'TTL' : `${words[0]?.toUpperCase()}${words.slice(1)}`;
  return [[`${label}:`, harmless(String(value))]];
}

function sectionsOf(picture: Picture): readonly string[] {
  switch (picture.kind) {
    case 'Semaphore':
    case 'Lease':
      return queueSections(picture);
    case 'Barrier':
      return [arrivalsSection(picture)];
    case 'Gate':
      return [gateSection(picture)];
  }
}

const queueSections = ({ holds, waiting, now }: QueuePicture): readonly string[] => [
  section(
    'Held by:',
    ['HOLDER', 'WEIGHT', 'TOKEN', 'SINCE', 'EXPIRES', 'CLAIM'],
    holds.map(({ holder, weight, token, since, until, keptBy, claim }) => [
      harmless(holder),
      String(weight),
      token > 0 ? String(token) : '<unknown>',
      ago(since, now),
      keptBy === 'Owner' ? 'with its owner' : inTime(until, now),
      claim,
    ]),
  ),
  section(
    'Waiting:',
    ['HOLDER', 'WEIGHT', 'PRIORITY', 'SINCE', 'CLAIM'],
    waiting.map(({ holder, weight, priority, since, claim }) => [
      harmless(holder),
      String(weight),
      String(priority),
      ago(since, now),
      claim,
    ]),
  ),
];

const arrivalsSection = ({ arrivals, now }: BarrierPicture): string =>
  section(
    'Arrivals:',
    ['HOLDER', 'SINCE'],
    arrivals.map(({ holder, since }) => [harmless(holder), ago(since, now)]),
  );

const gateSection = ({ conditions }: GatePicture): string =>
  section(
    'Waits for:',
    ['MET', 'WHAT', 'NOW'],
    conditions.map(({ met, phrase, message }) => [met ? 'yes' : 'no', harmless(phrase), harmless(message ?? '')]),
  );

const conditionsOf = (conditions: readonly Condition[]): string =>
  section(
    'Conditions:',
    ['TYPE', 'STATUS', 'REASON', 'MESSAGE'],
    conditions.map(({ type, status, reason, message }) => [type, status, reason, harmless(message)]),
  );

const ago = (since: number | undefined, now: number): string =>
  since === undefined ? '<unknown>' : sayAge(now - since);

const inTime = (until: number | undefined, now: number): string =>
  until === undefined ? '<never>' : until > now ? `in ${sayAge(until - now)}` : formatTime(until);

const section = (title: string, header: Row, rows: readonly Row[]): string =>
  rows.length === 0 ? '' : `${title}\n${indented(tableOf(header, rows))}`;

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ');

const block = (rows: readonly Row[]): string => {
  const [header = [], ...rest] = rows;
  return tableOf(header, rest);
};
