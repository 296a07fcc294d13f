/** One call to an API server. Anything that answers it will do: sockets, or an API server in the same process. */
export interface KubeRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Ends the call; a body that is being read then fails or ends. */
  readonly signal?: AbortSignal | undefined;
}

export interface KubeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: KubeBody;
}

/** One text, or, for a watch, a text that goes on: read it or leave it by a `break`, else its connection stays taken. */
export interface KubeBody extends AsyncIterable<string> {
  text(): Promise<string>;
}

export type Transport = (request: KubeRequest) => Promise<KubeResponse>;

/** Calls that change nothing, so that a lost answer loses nothing. */
export const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD' || method === 'OPTIONS';

export const isWatchPath = (path: string): boolean => /[?&]watch=(true|1)(&|$)/.test(path);
