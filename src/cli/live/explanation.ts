import { inWords, type Picture, waitsFor, whyWaiting } from '../../core/picture.ts';
import type { BarrierPicture, GatePicture } from '../../core/picture-of-wait.ts';
import type { HeldBy, QueuePicture, WaitingClaim } from '../../core/queue-picture.ts';
import { harmless, tableOf } from '../print/table.ts';

/** Who holds, who waits in which order and why, since when, and when it may move: for people. */
export function explanationOf(picture: Picture): string {
  const { kind, name, namespace } = picture;
  const title = `${kind.toLowerCase()} ${name}${namespace ? ` in ${namespace}` : ''}`;
  switch (picture.kind) {
    case 'Semaphore':
    case 'Lease':
      return `${title}: ${stateOf(picture)}\n${holdersIn(picture)}${lineIn(picture)}`;
    case 'Barrier':
      return `${title}: ${waitsFor(picture)}\n${arrivalsIn(picture)}`;
    case 'Gate':
      return `${title}: ${waitsFor(picture)}\n${conditionsIn(picture)}`;
  }
}

function stateOf({ kind, holds, inUse, capacity, waiting, isClosing }: QueuePicture): string {
  const line = `${waiting.length === 0 ? 'nobody waits' : `${waiting.length} wait${waiting.length === 1 ? 's' : ''}`}`;
  const closing = isClosing ? '; it is being deleted and grants nothing more' : '';
  const used =
    kind === 'Lease'
      ? holds[0]
        ? `held by ${harmless(holds[0].holder)}`
        : 'free'
      : `${inUse} of ${capacity} permit${capacity === 1 ? '' : 's'} in use`;
  return `${used}, ${line}${closing}`;
}

function holdersIn({ holds, now }: QueuePicture): string {
  if (holds.length === 0) return '';
  const rows = holds.map((hold) => [
    harmless(hold.holder),
    `${hold.weight}`,
    hold.token === 0 ? '?' : `${hold.token}`,
    ago(hold.since, now),
    sayEnd(hold, now),
    hold.claim,
  ]);
  return `\n${tableOf(['HOLDER', 'WEIGHT', 'TOKEN', 'SINCE', 'UNTIL', 'CLAIM'], rows)}`;
}

function sayEnd({ until, keptBy, askedToLeaveAt }: HeldBy, now: number): string {
  if (askedToLeaveAt !== undefined) return `asked to let go ${ago(askedToLeaveAt, now)}`;
  if (keptBy === 'Owner') return 'its owner ends';
  if (until === undefined) return '?';
  return until > now ? `in ${inWords(until - now)}, unless renewed` : `${ago(until, now)}: about to be taken back`;
}

function lineIn(picture: QueuePicture): string {
  if (picture.waiting.length === 0) return '';
  const rows = picture.waiting.map((claim) => [
    `${claim.position}`,
    harmless(claim.holder),
    `${claim.weight}`,
    `${claim.priority}`,
    ago(claim.since, picture.now),
    mayMove(picture, claim),
    harmless(whyWaiting(picture, claim)),
  ]);
  const note =
    picture.usualHold === undefined ? '' : `\nA hold has lasted about ${inWords(picture.usualHold)} of late.\n`;
  return `\n${tableOf(['NEXT', 'WAITING', 'WEIGHT', 'PRIORITY', 'SINCE', 'MAY MOVE', 'WHY'], rows)}${note}`;
}

/** By what was observed if that is known, else the first thing that is known to happen. */
function mayMove(picture: QueuePicture, { why, expectedAt, givesUpAt }: WaitingClaim): string {
  const { now, holds } = picture;
  if (why === 'Next') return 'now';
  if (why === 'TooHeavy' || why === 'Closing') return 'never';
  const gives = givesUpAt !== undefined ? `; gives up in ${inWords(Math.max(0, givesUpAt - now))}` : '';
  if (expectedAt !== undefined) {
    return `${expectedAt > now ? `in about ${inWords(expectedAt - now)}` : 'any moment'}${gives}`;
  }
  const ends = holds.flatMap(({ keptBy, until }) => (keptBy === 'Client' && until !== undefined ? [until] : []));
  if (ends.length === 0) return `on a release${gives}`;
  return `on a release, or in ${inWords(Math.max(0, Math.min(...ends) - now))}${gives}`;
}

function arrivalsIn({ arrivals, now, openedAt }: BarrierPicture): string {
  const opened = openedAt === undefined ? '' : `It opened ${ago(openedAt, now)}.\n`;
  if (arrivals.length === 0) return opened;
  const rows = arrivals.map(({ holder, since }) => [harmless(holder), ago(since, now)]);
  return `${opened}\n${tableOf(['ARRIVED', 'SINCE'], rows)}`;
}

function conditionsIn({ conditions, isManual, now, openedAt }: GatePicture): string {
  const opened = openedAt === undefined ? '' : `It opened ${ago(openedAt, now)}.\n`;
  if (isManual) return opened;
  const rows = conditions.map(({ met, phrase, message }) => [
    met ? 'yes' : 'no',
    harmless(phrase),
    harmless(message ?? ''),
  ]);
  return `${opened}\n${tableOf(['MET', 'CONDITION', 'NOW'], rows)}`;
}

const ago = (time: number | undefined, now: number): string =>
  time === undefined ? '?' : `${inWords(Math.max(0, now - time))} ago`;
