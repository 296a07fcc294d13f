import type { Client } from '../../sdk/index.ts';

/** What the demonstration has to work with. */
export interface Stage {
  /** The client of one more program. */
  connect(holder: string): Client;
  pause(milliseconds: number): Promise<void>;
  /** Says what is about to be seen. */
  announce(title: string): void;
  /** The moment to look at everything. */
  look(): void;
}

/** One round: contention, a barrier that opens, a preemption, a crash. What becomes of it is up to the server. */
export async function playRound(stage: Stage, round: number): Promise<void> {
  const admin = stage.connect('admin');
  const name = (base: string) => `${base}-${round}`;
  const quota = name('api-quota');
  const mapped = name('all-mapped');
  const deploy = name('deploy');
  await admin.createSemaphore(quota, { permits: 3 });
  await admin.createBarrier(mapped, { expected: WORKERS });
  await admin.createLease(deploy, { gracePeriod: '1s' });

  stage.announce(`Contention: ${WORKERS} workers, three permits`);
  const workers = Array.from({ length: WORKERS }, (_, index) => work(stage, `worker-${index + 1}`, { quota, mapped }));
  await stage.pause(600);
  stage.look();
  stage.announce('A barrier: the reducer goes on when all of them have arrived');
  await Promise.all([...workers, reduce(stage, mapped)]);

  stage.announce('Preemption: a hotfix takes the lease from the nightly deployment');
  await preempt(stage, deploy);

  stage.announce('A crash: a program that holds everything stops dead, and nobody releases for it');
  await crash(stage, quota);

  await Promise.all([admin.deleteSemaphore(quota), admin.deleteBarrier(mapped), admin.deleteLease(deploy)]);
  await admin.close();
}

const WORKERS = 7;

async function work(stage: Stage, holder: string, { quota, mapped }: { quota: string; mapped: string }): Promise<void> {
  await using client = stage.connect(holder);
  await client.withSemaphore(quota, () => stage.pause(900));
  await client.arriveBarrier(mapped);
}

async function reduce(stage: Stage, mapped: string): Promise<void> {
  await using client = stage.connect('reducer');
  await client.waitBarrier(mapped);
}

/** The holder is asked, does not listen, and loses it when its grace is over. */
async function preempt(stage: Stage, deploy: string): Promise<void> {
  await using nightly = stage.connect('nightly');
  await using hotfix = stage.connect('hotfix');
  const taken = await nightly.acquireLease(deploy, { priority: 1 });
  const urgent = hotfix.acquireLease(deploy, { priority: 10 });
  await stage.pause(500);
  stage.look();
  const lease = await urgent;
  await stage.pause(300);
  await lease.release();
  await taken.release();
}

/** Closing a client releases nothing: to the server it is as if the program had died. */
async function crash(stage: Stage, quota: string): Promise<void> {
  const dies = stage.connect('crashed');
  await dies.acquireSemaphore(quota, { weight: 3, ttl: '2s', detached: true });
  await dies.close();
  await using next = stage.connect('next-in-line');
  const waiting = next.acquireSemaphore(quota);
  await stage.pause(500);
  stage.look();
  await (await waiting).release();
}
