import type { KubeObject } from '../../api/metadata.ts';
import { pictureOf } from '../../core/picture.ts';
import type { Call } from '../call.ts';
import { claimsOn } from '../claims.ts';
import { KIND_OF } from '../kinds.ts';
import type { Noun } from '../nouns.ts';
import { type Described, pageOf } from '../print/describe.ts';
import { printObjects } from '../print/objects.ts';

/** One resource, with all who hold it, wait for it or have arrived. */
export async function describe(noun: Noun, call: Call, name = call.args[0] ?? ''): Promise<void> {
  const { clock, signal, stdout } = call.context;
  const session = await call.open();
  const kind = KIND_OF[noun];
  const [object, claims] = await Promise.all([
    session.kube.of(kind as typeof KIND_OF.semaphore, session.namespace).get(name, { signal }),
    noun === 'gate' ? [] : claimsOn(noun, name, session, signal),
  ]);
  if (call.flags.output !== 'text') return printObjects(call, kind, [object as KubeObject], 'one');
  // the kind of the claims follows from that of the resource, which the compiler cannot see
  const picture = pictureOf(object, claims as Parameters<typeof pictureOf>[1] as never, clock.now());
  stdout.write(pageOf(object as Described, picture));
}
