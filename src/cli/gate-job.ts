import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseAllDocuments } from 'yaml';
import { gatedManifest, type PodAnnotation } from '../api/gated-pod.ts';
import { toYaml } from '../api/yaml.ts';
import { UsageError } from './exit.ts';

/** The manifests of a file, those that make Pods with what makes them wait. */
export async function gateFile(file: string, needs: Readonly<Partial<Record<PodAnnotation, string>>>): Promise<string> {
  const given = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  const name = file === '-' ? 'standard input' : file;
  return gateManifests(given, name, needs);
}

export function gateManifests(
  given: string,
  name: string,
  needs: Readonly<Partial<Record<PodAnnotation, string>>>,
): string {
  let changed = 0;
  const documents: string[] = [];
  for (const document of parseAllDocuments(given)) {
    const [error] = document.errors;
    if (error) throw new UsageError(`${name} is no YAML: ${error.message.split('\n')[0]}`);
    const manifest: unknown = document.toJS();
    if (manifest === null || manifest === undefined) continue;
    const gated = gatedManifest(manifest, needs);
    if (gated) changed++;
    documents.push(toYaml(gated ?? manifest));
  }
  if (changed === 0)
    throw new UsageError(`nothing in ${name} makes Pods: give a Pod, Job, CronJob, Deployment or StatefulSet`);
  return documents.join('---\n');
}
