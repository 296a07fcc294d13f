import { aPermit, type Claims, isGranted } from './claims.ts';
import { IN_FLIGHT } from './engine.ts';
import { timeInFlight } from './in-flight.ts';

/** Makes so many holders of a semaphore that has room for them; kept once all have been told. */
export async function crowd({ permits, permitEar }: Claims, semaphore: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `${semaphore}-holder-${index}`);
  const all = names.map((name) => permitEar.when(name, isGranted));
  await timeInFlight({ calls: count, inFlight: IN_FLIGHT }, (index) =>
    permits.create(aPermit(names[index] as string, semaphore, { ttl: '2h' })),
  );
  await Promise.all(all);
}
