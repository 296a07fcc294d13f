/** A request as the server takes it, from a socket or straight from a caller in the same process. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Aborted when the caller has gone: ends a watch. */
  readonly signal?: AbortSignal | undefined;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ApiBody;
}

/** One text, or, for a watch, a text that goes on. */
export interface ApiBody extends AsyncIterable<string> {
  text(): Promise<string>;
}
