import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { parseDuration } from '../api/duration.ts';

/** The program was called wrongly: the message says how it is called. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function parsedFlags<const Flags extends ParseArgsOptionsConfig>(argv: readonly string[], options: Flags) {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

export function logLevelOf(text = 'info'): string {
  if (!LEVELS.includes(text)) throw new UsageError(`--log-level must be one of ${LEVELS.join(', ')}`);
  return text;
}

/** Nothing said, or said to be nothing, is undefined. */
export function durationOf(flag: string, text = ''): string | undefined {
  if (text !== '' && parseDuration(text) === undefined) {
    throw new UsageError(`${flag} must be a duration such as 30m or 2h`);
  }
  return text || undefined;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where to listen. Without `anyHost` a host has to be named. */
export function addressOf(text: string, { like, anyHost = '' }: { readonly like: string; readonly anyHost?: string }) {
  const [, said = '', port] = /^(.*):([0-9]{1,5})$/.exec(text) ?? [];
  const host = said.replace(/^\[|\]$/g, '') || anyHost;
  if (!host || port === undefined || Number(port) > 65_535) throw new UsageError(`--listen must be like ${like}`);
  return { host, port: Number(port) } satisfies Address;
}
