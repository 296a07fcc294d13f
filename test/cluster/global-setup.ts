import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { ClusterSeed } from './access.ts';
import { startCluster } from './cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ClusterSeed;
  }
}

/** One control plane, with our kinds in it, for all suites; each makes namespaces of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startCluster({ crds: hasManifests(CRDS) ? [CRDS] : [] });
  project.provide('cluster', cluster.seed);
  return cluster.stop;
}

const CRDS = join(import.meta.dirname, '..', '..', 'crds');

function hasManifests(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.yaml'));
}
