import type { KubeObject } from '../../api/metadata.ts';
import type { Call } from '../call.ts';
import { KIND_OF } from '../kinds.ts';
import { claimsFor, pictureOfAny } from '../live/pictures.ts';
import type { Noun } from '../nouns.ts';
import { checkPlain } from '../plain-name.ts';
import { type Described, pageOf } from '../print/describe.ts';
import { printObjects } from '../print/objects.ts';

/** One resource, with all who hold it, wait for it or have arrived. */
export async function describe(noun: Noun, call: Call, name = call.args[0] ?? ''): Promise<void> {
  checkPlain(name);
  const { clock, signal, stdout } = call.context;
  const session = await call.open();
  const kind = KIND_OF[noun];
  const object = await session.kube.of(kind as typeof KIND_OF.semaphore, session.namespace).get(name, { signal });
  if (call.flags.output !== 'text') return printObjects(call, kind, [object as KubeObject], 'one');
  const claims = await claimsFor(noun, object, session, signal);
  stdout.write(pageOf(object as Described, pictureOfAny(object, claims, clock.now())));
}
