import { Client } from './client.ts';

let shared: Client | undefined;

/** The client of whoever brought none: made when it is first needed, one for the whole process. */
export const sharedClient = (): Client => (shared ??= new Client());
