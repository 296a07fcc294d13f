import { isNotFound } from '../../kube/errors.ts';
import { NotFoundError } from '../../sdk/errors.ts';
import type { Call } from '../call.ts';
import { claimKindOf, claimsOn } from '../claims.ts';
import { UsageError } from '../exit.ts';
import type { Session } from '../session.ts';
import type { HeldNoun } from './claim-commands.ts';

export interface ReleaseFlags {
  readonly holder?: string;
  readonly claim?: string;
  readonly all?: true;
  readonly ignoreNotFound?: true;
}

/** Lets go, by name: of a claim, of what a holder has, or of everything. */
export async function release(
  noun: HeldNoun,
  { args, options, flags, open, context }: Call<ReleaseFlags>,
): Promise<void> {
  const [name = ''] = args;
  const { claim, all, holder, ignoreNotFound } = options;
  if ([holder, claim, all].filter((flag) => flag !== undefined).length > 1) {
    throw new UsageError('give one of --holder, --claim and --all');
  }
  const session = await open();
  const selection = claim === undefined ? { holder: holder ?? session.holder } : { claim };
  const count = all
    ? await releaseAll(noun, name, session, context.signal)
    : await (noun === 'semaphore'
        ? session.client.releaseSemaphore(name, selection)
        : session.client.releaseLease(name, selection));
  if (count === 0 && !ignoreNotFound) {
    const whose = all
      ? 'nobody holds'
      : claim === undefined
        ? `${selection.holder} does not hold`
        : `claim ${claim} is not on`;
    throw new NotFoundError(`${whose} ${noun} ${name} (see ${context.name} ${noun} status ${whereOf(name, flags)})`);
  }
  context.stdout.write(`${noun} ${name} released: ${count} ${count === 1 ? 'claim' : 'claims'}\n`);
}

/** As it is typed to look at it. */
function whereOf(target: string, { namespace }: Call['flags']): string {
  const [name, elsewhere = namespace] = target.split('/').toReversed();
  return elsewhere === undefined ? `${name}` : `${name} -n ${elsewhere}`;
}

async function releaseAll(noun: HeldNoun, name: string, session: Session, signal: AbortSignal): Promise<number> {
  const claims = await claimsOn(noun, name, session, signal);
  const resource = session.kube.of(claimKindOf(noun) as ReturnType<typeof claimKindOf<'semaphore'>>, session.namespace);
  const released = await Promise.all(
    claims.map(async ({ metadata: { name: claim, uid } }) => {
      try {
        await resource.delete(claim, { uid, signal });
        return 1;
      } catch (error) {
        // its holder was quicker
        if (isNotFound(error)) return 0;
        throw error;
      }
    }),
  );
  return released.reduce<number>((sum, one) => sum + one, 0);
}
