/** Before anything of ours is loaded: an old Node would fail at some later point, in words that help nobody. */
export const PREAMBLE = `#!/usr/bin/env node
const [__major, __minor] = process.versions.node.split('.').map(Number);
if (__major < 22 || (__major === 22 && __minor < 19)) {
  console.error('Konductor needs Node 22.19 or newer; this is ' + process.versions.node);
  process.exit(1);
}
`;

/** Packages written as CommonJS ask for it, and a module does not have it. */
export const REQUIRE = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
`;
