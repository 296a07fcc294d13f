import manifest from '../../package.json' with { type: 'json' };
import { API_VERSION } from '../api/group.ts';

/** What this program is. */
export const CLIENT_VERSION = manifest.version;

/** What `version --client` prints. */
export const CLIENT_VERSION_LINE = `Client: ${CLIENT_VERSION} (${API_VERSION})\n`;

/** Scripts ask it at every start: it is answered without a command line being made of it, which costs more than Node itself. */
export const asksForClientVersion = (words: readonly string[]): boolean => words.join(' ') === 'version --client';
