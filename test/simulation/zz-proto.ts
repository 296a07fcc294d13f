import { world } from '/work/main/test/simulation/world.ts';
import { Semaphore } from '/work/main/src/api/semaphore.ts';
import { Permit } from '/work/main/src/api/permit.ts';
import { aPermit, aSemaphore } from '/work/main/test/support/operator-world.ts';
async function run(seed: number) {
  const w = world(seed);
  w.start(); w.start();
  await w.clock.advance(100);
  const s = w.user.of(Semaphore,'default'), p = w.user.of(Permit,'default');
  await s.create(aSemaphore('db',{permits:2, ttl:'5s'}));
  for (let i=0;i<20;i++){ await p.create(aPermit('p'+i)); await w.clock.advance(300); if(i>4) await p.delete('p'+(i-4)).catch(()=>{}); }
  await w.clock.advance(60_000);
  const rv = w.server.resourceVersion;
  const problems = await w.close();
  return [rv, problems];
}
for (const n of [1,20,50]) { const t=performance.now(); let last; for(let i=0;i<n;i++) last=await run(i+1); console.log(n, (performance.now()-t)/n, last); }
console.log(await run(7), await run(7));
