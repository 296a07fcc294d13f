/** What a caller in the same process gets where one on a socket would find the connection broken. */
export class ConnectionLostError extends Error {
  readonly code = 'ECONNRESET';

  constructor() {
    super('the connection was lost');
    this.name = 'ConnectionLostError';
  }
}
