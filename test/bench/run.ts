// npm run bench -- [name]: runs every benchmark, or those whose name contains the word.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Benchmark, type Figure, record, tableOf } from './figure.ts';

const wanted = process.argv[2] ?? '';
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace(/\.bench\.ts$/, ''))
  .sort();
const chosen = names.filter((name) => name.includes(wanted));

if (chosen.length === 0) {
  console.error(`no benchmark is called ${wanted}; there are: ${names.join(', ')}`);
  process.exit(2);
}

let missed = 0;
for (const name of chosen) {
  const { benchmark } = (await import(join(import.meta.dirname, `${name}.bench.ts`))) as { benchmark: Benchmark };
  console.log(`\n${name}: ${benchmark.load}`);
  const figures: Figure[] = [];
  for await (const figure of benchmark.run()) {
    process.stderr.write(`  ${figure.name}…\n`);
    figures.push({ ...figure, name: `${name}: ${figure.name}` });
  }
  record(figures);
  missed += figures.filter(({ met }) => met === false).length;
  console.log(tableOf(figures));
}
process.exitCode = missed > 0 ? 1 : 0;
