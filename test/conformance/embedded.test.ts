import { embeddedServer } from './embedded-server.ts';
import { conform } from './ground.ts';
import { CLIENT_SUITES } from './suites/client/all.ts';

conform('embedded', () => embeddedServer(), CLIENT_SUITES);
