import { Client } from '../../src/sdk/client.ts';
import type { Hold } from '../../src/sdk/hold.ts';

const WORK: Readonly<Record<string, (hold: Hold) => Promise<void> | void>> = {
  hold() {},
  release: (hold) => hold.release(),
  async freeze(hold) {
    process.kill(process.pid, 'SIGSTOP');
    // a stop reaches the threads of a process one after the other
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    try {
      hold.assertHeld();
      console.log('works on');
    } catch (error) {
      console.log(`stops: ${(error as { readonly code: string }).code}`);
    }
    await hold.release();
  },
};

// what a program does that never closes its client: it ends by itself, or it must not
const [does = ''] = process.argv.slice(2);
const client = new Client({ holder: 'program' });
client.acquireSemaphore('life', { ttl: '3s' }).then((hold) => {
  console.log('held');
  return WORK[does]?.(hold);
});
