import type { Arrival } from '../api/arrival.ts';
import type { Barrier } from '../api/barrier.ts';
import { formatDuration } from '../api/duration.ts';
import type { Gate } from '../api/gate.ts';
import type { Lease } from '../api/lease.ts';
import type { LeaseRequest } from '../api/lease-request.ts';
import type { Permit } from '../api/permit.ts';
import type { Semaphore } from '../api/semaphore.ts';
import { type BarrierPicture, barrierPicture, type GatePicture, gatePicture } from './picture-of-wait.ts';
import { type HeldBy, type QueuePicture, queuePicture, type WaitingClaim } from './queue-picture.ts';

/** What people want to know of a resource, read from it and its claims alone: nothing is decided here. */
export type Picture = QueuePicture | BarrierPicture | GatePicture;

/** Claims are all that name the resource; `now` is the wall clock, in milliseconds. */
export function pictureOf(resource: Semaphore, claims: readonly Permit[], now: number): QueuePicture;
export function pictureOf(resource: Lease, claims: readonly LeaseRequest[], now: number): QueuePicture;
export function pictureOf(resource: Barrier, claims: readonly Arrival[], now: number): BarrierPicture;
export function pictureOf(resource: Gate, claims: readonly [], now: number): GatePicture;
export function pictureOf(
  resource: Semaphore | Lease | Barrier | Gate,
  claims: readonly (Permit | LeaseRequest | Arrival)[],
  now: number,
): Picture {
  switch (resource.kind) {
    case 'Semaphore':
      return queuePicture(resource, claims as readonly Permit[], now);
    case 'Lease':
      return queuePicture(resource, claims as readonly LeaseRequest[], now);
    case 'Barrier':
      return barrierPicture(resource, claims as readonly Arrival[], now);
    case 'Gate':
      return gatePicture(resource, now);
  }
}

/** Enough of a claim to find it: an Arrival has no place in a queue, and whoever waits for a gate makes no claim. */
export interface ClaimIdentity {
  readonly metadata: { readonly uid: string };
}

/**
 * One sentence for whoever waits: `3rd of 7 waiting for 5 permits; the oldest hold expires in 4m`. Without a claim, or
 * for one that is not in line (any more), it says what is so for everybody.
 */
export function waitsFor(picture: Picture, claim?: ClaimIdentity): string {
  switch (picture.kind) {
    case 'Semaphore':
    case 'Lease':
      return waitsInLine(picture, claim);
    case 'Barrier':
      return waitsAtBarrier(picture);
    case 'Gate':
      return waitsAtGate(picture);
  }
}

function waitsInLine(picture: QueuePicture, claim: ClaimIdentity | undefined): string {
  const waiting = picture.waiting.find(({ uid }) => uid === claim?.metadata.uid);
  if (!waiting) return `${picture.waiting.length} waiting for ${wanted(picture)}; ${whyNobody(picture)}`;
  const line = `${ordinal(waiting.position)} of ${picture.waiting.length} waiting for ${wanted(picture)}`;
  return [line, whyWaiting(picture, waiting), expected(picture, waiting)].filter(Boolean).join('; ');
}

const wanted = ({ kind, capacity }: QueuePicture): string =>
  kind === 'Lease' ? 'the lease' : capacity === 1 ? '1 permit' : `${capacity} permits`;

function whyNobody(picture: QueuePicture): string {
  if (picture.isClosing) return 'it is being deleted and grants nothing more';
  if (picture.free > 0) return picture.kind === 'Lease' ? 'it is free' : `${picture.free} of them free`;
  return oldestHold(picture) ?? 'the operator has yet to answer';
}

/** Why it is not granted now, in the words of what has to happen first. */
export function whyWaiting(picture: QueuePicture, { why, weight }: WaitingClaim): string {
  switch (why) {
    case 'Closing':
      return 'it is being deleted and grants nothing more';
    case 'TooHeavy':
      return `it takes ${weight} and there are only ${picture.capacity}: it will be denied`;
    case 'Next':
      return 'there is room: it is granted as soon as the operator sees it';
    case 'Behind':
      return 'somebody before it needs more room than there is';
    case 'NoRoom': {
      const free = picture.free > 0 ? `it takes ${weight} and ${picture.free} are free` : undefined;
      return [free, oldestHold(picture)].filter(Boolean).join('; ');
    }
  }
}

function oldestHold({ holds, kind, now }: QueuePicture): string | undefined {
  const [oldest] = holds;
  if (!oldest) return undefined;
  const subject = kind === 'Lease' ? oldest.holder : 'the oldest hold';
  return `${subject} ${endOfHold(oldest, now, kind === 'Lease' ? 'holds it' : undefined)}`;
}

function endOfHold({ until, keptBy, askedToLeaveAt }: HeldBy, now: number, verb: string | undefined): string {
  const and = verb ? `${verb} and ` : '';
  if (askedToLeaveAt !== undefined) return `${and}was asked to let go`;
  if (keptBy === 'Owner') return `${and}lasts as long as its owner runs`;
  if (until === undefined) return verb ?? 'says no end';
  return until > now ? `${and}expires in ${inWords(until - now)}` : `${and}was to expire ${inWords(now - until)} ago`;
}

const expected = ({ now }: QueuePicture, { expectedAt }: WaitingClaim): string | undefined =>
  expectedAt === undefined || expectedAt <= now ? undefined : `about ${inWords(expectedAt - now)} to go`;

function waitsAtBarrier({ phase, arrived, expected, needed, missing, deadline, now }: BarrierPicture): string {
  const quorum = needed < expected ? `, ${needed} are enough` : '';
  const count = `${arrived} of ${expected} have arrived${quorum}`;
  if (phase === 'Open') return `open: ${count}`;
  if (phase === 'Timeout') return `closed for good, too few came in time: ${count}`;
  if (phase === 'Failed') return `closed for good: ${count}`;
  const until = deadline === undefined ? '' : `; ${deadlineInWords(deadline, now)}`;
  return `waiting for ${missing} more: ${count}${until}`;
}

function waitsAtGate({ phase, conditions, deadline, now }: GatePicture): string {
  if (phase === 'Open') return 'open';
  const unmet = conditions.filter(({ met }) => !met);
  const count = `${conditions.length - unmet.length} of ${conditions.length} met`;
  const names = unmet.slice(0, MOST_NAMED).map(({ phrase }) => phrase);
  const more = unmet.length > MOST_NAMED ? ` and ${unmet.length - MOST_NAMED} more` : '';
  if (phase === 'Failed') return conditions.length === 0 ? 'failed: nobody opened it in time' : `failed: ${count}`;
  const line =
    conditions.length === 0 ? 'waiting for somebody to open it' : `${count}; waiting for ${names.join(', ')}${more}`;
  return deadline === undefined ? line : `${line}; ${deadlineInWords(deadline, now)}`;
}

/** A sentence is not a list. */
const MOST_NAMED = 3;

const deadlineInWords = (deadline: number, now: number): string =>
  deadline > now ? `times out in ${inWords(deadline - now)}` : 'its time is up';

/** As people say it: seconds below ten minutes, minutes below ten hours, then hours. */
export function inWords(milliseconds: number): string {
  const grain = milliseconds < TEN_MINUTES ? 1_000 : milliseconds < 60 * TEN_MINUTES ? 60_000 : 3_600_000;
  return formatDuration(Math.floor(milliseconds / grain) * grain);
}

const TEN_MINUTES = 10 * 60_000;

/** 1st, 2nd, 3rd, 4th, 11th, 21st. */
export function ordinal(position: number): string {
  const teen = position % 100 >= 11 && position % 100 <= 13;
  return `${position}${(teen ? undefined : ENDINGS[position % 10]) ?? 'th'}`;
}

const ENDINGS: Readonly<Record<number, string>> = { 1: 'st', 2: 'nd', 3: 'rd' };
