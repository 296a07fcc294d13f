import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { canRunContainers } from '../cluster/container.ts';
import { playKubelet } from '../cluster/kubelet.ts';
import { koncliFolder } from '../support/koncli.ts';
import { type Block, blocksIn } from '../support/markdown.ts';
import { administrator, walk } from '../support/walk.ts';
import { playDeployment } from './deployed.ts';

if (!canRunContainers) console.warn('SKIPPED: no containers without the right to mount (run as root, on Linux)');

describe.skipIf(!canRunContainers)('a newcomer with an empty cluster', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster?.stop());

  it('types `helm template | kubectl apply` and what README says then, and sees a Job wait its turn', async () => {
    await using kubelet = playKubelet(cluster);
    const pods = kubelet.execute('default', { bin: await koncliFolder() });
    const ending = new AbortController();
    const playing = playDeployment(cluster, kubelet, ending.signal);
    try {
      await walk(COMMANDS, await administrator(cluster));
    } finally {
      ending.abort();
      await playing;
    }
    const said = pods.lines('call-api').map(({ text }) => text);
    const count = (words: string, until = said.length) => said.slice(0, until).filter((text) => text === words).length;
    const atOnce = said.map((_, at) => count('begin', at + 1) - count('end', at + 1));
    expect({ most: Math.max(...atOnce), done: count('end') }).toEqual({ most: 2, done: 6 });
  }, 120_000);
});

/** A part of a block of a page, which is no longer there if nothing matches. */
function typed(page: string, part: RegExp): Block {
  for (const block of blocksIn(page)) {
    const [text] = part.exec(block.text) ?? [];
    if (text) return { ...block, text: `${text}\n` };
  }
  throw new Error(`${page} has nothing like ${part} any more`);
}

/** Applied in place of what README installs with Helm; all else as it stands there. */
const COMMANDS = [
  typed('docs/install.md', /^helm template [^|]*\|\s+kubectl apply .*/m),
  typed('README.md', /(?<=^helm install .*\n)[\s\S]*/m),
];
