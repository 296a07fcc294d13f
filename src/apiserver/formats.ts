import { isIPv4, isIPv6 } from 'node:net';

/** The formats of strings that an API server enforces on custom resources; any other name means nothing to it. */
export const STRING_FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map(
  Object.entries({
    'date-time': isDateTime,
    datetime: isDateTime,
    date: isDate,
    duration: isDuration,
    byte: matching(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
    password: () => true,
    uuid: uuid('[0-9a-f]', '[0-9a-f]'),
    uuid3: uuid('3', '[0-9a-f]'),
    uuid4: uuid('4', '[89ab]'),
    uuid5: uuid('5', '[89ab]'),
    ipv4: (text: string) => isIPv4(text),
    ipv6: (text: string) => isIPv6(text) && !text.includes('%'),
    cidr: isCidr,
    mac: matching(
      /^(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}(?:(?:[0-9a-f]{2}\1){2})?[0-9a-f]{2}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2,3})$/i,
    ),
    email: matching(/^[^\s@<>",;:()[\]]+@[^\s@<>",;:()[\]]+$/),
    uri: matching(/^(?:\/|[A-Za-z][A-Za-z0-9+.-]*:)\S*$/),
    hostname: isHostname,
    hexcolor: matching(/^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
    rgbcolor: matching(
      /^rgb\(\s*(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\s*(?:,\s*(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\s*){2}\)$/,
    ),
    bsonobjectid: matching(/^[0-9a-fA-F]{24}$/),
    ssn: matching(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
    creditcard: isCreditCard,
    isbn: (text: string) => isIsbn10(text) || isIsbn13(text),
    isbn10: isIsbn10,
    isbn13: isIsbn13,
    'k8s-short-name': (text: string) => text.length <= 63 && DNS_LABEL.test(text),
    'k8s-long-name': (text: string) => text.length <= 253 && text.split('.').every((part) => DNS_LABEL.test(part)),
  }),
);

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

function matching(pattern: RegExp): (text: string) => boolean {
  return (text) => pattern.test(text);
}

function uuid(version: string, variant: string): (text: string) => boolean {
  const hex = '[0-9a-f]';
  return matching(new RegExp(`^${hex}{8}-?${hex}{4}-?${version}${hex}{3}-?${variant}${hex}{3}-?${hex}{12}$`, 'i'));
}

function isDate(text: string): boolean {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!parts) return false;
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function isDateTime(text: string): boolean {
  const [date = '', time = ''] = text.toLowerCase().split('t');
  const parts = /^(\d{2}):(\d{2}):(\d{2})(\.\d+)?(z|[+-]\d{2}:\d{2})$/.exec(time);
  if (!parts || !isDate(date)) return false;
  const [hour, minute, second] = parts.slice(1, 4).map(Number) as [number, number, number];
  return hour <= 23 && minute <= 59 && second <= 59;
}

/** `1h30m` as Go writes it, and `5 days` as people do. */
function isDuration(text: string): boolean {
  if (/^[+-]?(0|(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))*)$/.test(text))
    return true;
  return /(\d+)\s*(?:nanoseconds?|ns|microseconds?|us|µs|milliseconds?|ms|sec(?:ond)?s?|s|min(?:ute)?s?|m|hr|hours?|h|days?|d|weeks?|wk|w)\b/i.test(
    text,
  );
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/');
  if (more.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(bits)) return false;
  return isIPv4(address) ? Number(bits) <= 32 : isIPv6(address) && Number(bits) <= 128;
}

/** A single label of any kind, or labels that end in a top-level domain of letters. */
function isHostname(text: string): boolean {
  if (text.length > 255) return false;
  const label = '[a-zA-Z0-9\\p{S}\\p{L}]';
  const dotted = new RegExp(`^(?:${label}(?:[a-zA-Z0-9\\-\\p{S}\\p{L}]{0,61}${label})?\\.)+[a-zA-Z\\p{L}]{2,63}$`, 'u');
  return new RegExp(`^${label}(?:-?${label}{0,62})?$`, 'u').test(text) || dotted.test(text);
}

function isCreditCard(text: string): boolean {
  const digits = text.replace(/[\s-]/g, '');
  if (!/^\d{12,19}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]/g, '');
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  const sum = [...digits].reduce(
    (total, digit, index) => total + (index + 1) * (digit === 'X' ? 10 : Number(digit)),
    0,
  );
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]/g, '');
  if (!/^\d{13}$/.test(digits)) return false;
  const sum = [...digits].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0;
}
