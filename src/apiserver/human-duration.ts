/** `45s`, `2m3s`, `3h5m`, `4d2h`, `2y30d`: how Kubernetes prints an age, to the letter. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  // clocks differ a little: what is nearly now is no mistake
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  const minutes = Math.trunc(seconds / MINUTE);
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % MINUTE, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(seconds / HOUR);
  if (hours < 8) return twoUnits(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return twoUnits(days, 'd', hours % 24, 'h');
  if (days < 2 * YEAR_DAYS) return `${days}d`;
  const years = Math.trunc(days / YEAR_DAYS);
  if (years < 8) return twoUnits(years, 'y', days % YEAR_DAYS, 'd');
  return `${years}y`;
}

/** The age of what happened at an RFC 3339 time. */
export function ageOf(time: string, now: number): string {
  if (time === '' || time === 'null') return '<unknown>';
  const epoch = RFC_3339.test(time) ? Date.parse(time) : Number.NaN;
  return Number.isNaN(epoch) ? '<invalid>' : humanDuration(now - epoch);
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const YEAR_DAYS = 365;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

const twoUnits = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`;
