import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, transform } from 'esbuild';
import { ROOT } from './files.ts';
import { LIBRARY, typesOf, writeTypes } from './library-types.ts';

/** Packages that the library finds at its user's, and asks for when they are needed; the others load faster bundled. */
const OUTSIDE = ['undici', '@kubernetes/client-node', 'yaml', 'prom-client', '@opentelemetry/api'] as const;

/** On Node's platform it says its exports in a way that `import` can read. */
const TO_COMMONJS = {
  format: 'cjs',
  platform: 'node',
  target: 'node22',
  supported: { 'dynamic-import': false },
} as const;

/**
 * The library once, as CommonJS, and a door to it for `import`: a program that comes in by both has one copy, so
 * `instanceof` holds, and Jest needs no flag. What only some programs need lies in files of its own, read when asked for.
 */
export async function buildLibrary(folder: string): Promise<void> {
  await bundleLibrary(folder);
  writeTypes(join(folder, 'types'));
  for (const [entry, source] of Object.entries(LIBRARY)) {
    const types = `export * from './types/${typesOf(source).replace('.d.ts', '.js')}';\n`;
    for (const extension of ['d.ts', 'd.cts']) writeFileSync(join(folder, `${entry}.${extension}`), types);
  }
}

/** What runs of it, without its types. */
export async function bundleLibrary(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { outputFiles, metafile } = await build({
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external: [...OUTSIDE],
    legalComments: 'eof',
    absWorkingDir: ROOT,
    entryPoints: LIBRARY,
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    chunkNames: 'chunk-[hash]',
    write: false,
    metafile: true,
  });
  for (const { path, text } of outputFiles) {
    const { code } = await transform(text, TO_COMMONJS);
    writeFileSync(path, code);
  }
  const exportsOf = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output.exports]));
  for (const entry of Object.keys(LIBRARY)) {
    const names = exportsOf.get(`${entry}.cjs`)?.toSorted().join(', ');
    writeFileSync(join(folder, `${entry}.js`), `export { ${names} } from './${entry}.cjs';\n`);
  }
}
