import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Who may import whom. A room that is not on another's list is out of its sight. */
const SEES: Readonly<Record<string, readonly string[]>> = {
  'src/api': [],
  'src/core': ['src/api'],
  'src/kube': ['src/api'],
  'src/apiserver': ['src/api'],
  'src/sdk': ['src/api', 'src/core', 'src/kube'],
  'src/cli': ['src/api', 'src/core', 'src/kube', 'src/sdk', 'plugins'],
  operator: ['src/api', 'src/core', 'src/kube'],
  plugins: ['src/api', 'src/core', 'src/kube', 'src/sdk'],
  // the chart is made from the rights that each part declares
  scripts: ['src/api', 'operator', 'plugins'],
  // src/dev wires everything together in one process, but a command line is nobody's library
  'src/dev': ['src/api', 'src/core', 'src/kube', 'src/apiserver', 'src/sdk', 'operator', 'plugins'],
};

/** Packages that stay behind one door. */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  '@kubernetes/client-node': ['src/kube'],
  undici: ['src/kube'],
  '@bufbuild/cel': ['src/api', 'src/core'],
  '@bufbuild/protobuf': ['src/api', 'src/core'],
  commander: ['src/cli', 'src/dev'],
  express: ['operator', 'plugins'],
};

const ROOMS = Object.keys(SEES);
const roomOf = (file: string): string | undefined => ROOMS.find((room) => file.startsWith(`${room}/`));

function sourcesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
}

const exists = (folder: string): boolean =>
  readdirSync(join(ROOT, dirname(folder))).includes(folder.split('/').pop() ?? '');

const FILES = ROOMS.filter(exists).flatMap(sourcesIn);

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, specifier]) => specifier ?? '');
}

// tests may look anywhere, and the programs' entries know everybody
const BOUND = FILES.filter((file) => !/\.test\.ts$|(^|\/)main\.ts$/.test(file));

describe('imports point one way', () => {
  it('finds the sources', () => {
    expect(FILES.length).toBeGreaterThan(20);
  });

  it.each(BOUND)('%s', (file) => {
    const own = roomOf(file) ?? '';
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith('.')) {
        const target = normalize(join(dirname(file), specifier));
        const room = roomOf(target);
        if (room !== own && target !== 'package.json')
          expect([...(SEES[own] ?? [])], `${file} imports ${target}`).toContain(room);
      }
      const keeper = Object.entries(KEPT).find(([name]) => specifier === name || specifier.startsWith(`${name}/`));
      if (keeper) expect(keeper[1], `${file} imports ${specifier}`).toContain(own);
    }
  });
});
