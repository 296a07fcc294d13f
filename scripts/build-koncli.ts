import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { ROOT } from './files.ts';
import { PREAMBLE, REQUIRE } from './preamble.ts';

/** A program that traces has it already; koncli does not trace. */
const OUTSIDE = ['@opentelemetry/api'];

/**
 * `import()` of a CommonJS package gives its names in Node, and only `default` from a file of its own that esbuild made:
 * so such a file says the names.
 */
const namedImports: Plugin = {
  name: 'named-imports',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'dynamic-import' && !path.startsWith('node:') && !OUTSIDE.includes(path)
        ? { path, namespace: 'named-imports' }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'named-imports' }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== 'default' && name !== 'module.exports');
      return { contents: `export { ${names.join(', ')} } from '${path}';`, resolveDir: ROOT };
    });
  },
};

/** The one file in which esbuild's own `require` stands. */
const asksForRequire = (text: string): boolean => text.includes('Dynamic require of');

/**
 * koncli.js, and beside it the parts that only some commands need. Not in one file: Node would read five megabytes
 * before the first word, four times what all else takes.
 */
export async function buildKoncli(folder: string): Promise<void> {
  const { outputFiles } = await build({
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    minify: true,
    external: OUTSIDE,
    plugins: [namedImports],
    write: false,
    absWorkingDir: ROOT,
    entryPoints: { koncli: 'src/cli/main.ts' },
    chunkNames: 'koncli/[name]-[hash]',
    outdir: folder,
  });
  const program = join(folder, 'koncli.js');
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${path === program ? PREAMBLE : ''}${asksForRequire(text) ? REQUIRE : ''}${text}`);
  }
  chmodSync(program, 0o755);
}
