import { GROUP, VERSION } from '../../src/api/group.ts';
import type { Manifest, Verdict } from './verdicts/verdict.ts';

/** The one call a judge needs: what any API server answers to it. */
export type Ask = (method: string, path: string, body?: unknown) => Promise<{ status: number; body: unknown }>;

/** What an API server says of a write: nothing when it accepts it, else its message. The object is gone afterwards. */
export async function judge(ask: Ask, namespace: string, verdict: Verdict): Promise<string | undefined> {
  const objects = `/apis/${GROUP}/${VERSION}/namespaces/${namespace}/${verdict.kind.plural}`;
  const strictly = '?fieldValidation=Strict';
  const { before, write } = verdict;
  if (!before) return refusalOf(await ask('POST', `${objects}${strictly}`, write), () => ask('DELETE', `${objects}/x`));

  await must(ask('POST', `${objects}${strictly}`, { ...before, status: undefined }));
  try {
    if (before.status) await must(ask('PUT', `${objects}/x/status`, await current(before)));
    const target = write.status === undefined ? `${objects}/x` : `${objects}/x/status`;
    return refusalOf(await ask('PUT', `${target}${strictly}`, await current(write)));
  } finally {
    await must(ask('DELETE', `${objects}/x`));
  }

  /** The manifest at the version the server has now. */
  async function current(manifest: Manifest): Promise<unknown> {
    const live = (await must(ask('GET', `${objects}/x`))) as { metadata: object };
    return { ...manifest, metadata: live.metadata };
  }
}

async function refusalOf(answer: { status: number; body: unknown }, undo?: () => Promise<unknown>) {
  if (answer.status >= 400) return (answer.body as { message: string }).message;
  await undo?.();
  return undefined;
}

async function must(answer: ReturnType<Ask>): Promise<unknown> {
  const { status, body } = await answer;
  if (status >= 400)
    throw new Error(`the test's own preparation was refused: ${(body as { message: string }).message}`);
  return body;
}
