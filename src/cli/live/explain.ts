import type { Picture } from '../../core/picture.ts';
import type { Call } from '../call.ts';
import type { CliContext } from '../context.ts';
import { EndWith, EXIT, UsageError } from '../exit.ts';
import { NOUNS, type Noun } from '../nouns.ts';
import { isDocument, printDocument } from '../print/document.ts';
import { explanationOf } from './explanation.ts';
import { loadPicture } from './pictures.ts';

/** Explains what is named; without a kind, whatever has that name. */
export async function explain(call: Call): Promise<void> {
  const { context, args, flags } = call;
  const { nouns, name } = whatIsMeant(args, context);
  const session = await call.open();
  const look = { now: () => context.clock.now(), signal: context.signal };
  const found = await Promise.all(nouns.map((noun) => loadPicture(noun, name, session, look)));
  const pictures = found.filter((picture) => picture !== undefined);
  if (pictures.length === 0) {
    const kinds = nouns.length === 1 ? nouns[0] : nouns.join(', ').replace(/, (\w+)$/, ' or $1');
    context.stderr.write(
      `error: there is no ${kinds} named ${JSON.stringify(name)} in namespace ${session.namespace}\n`,
    );
    throw new EndWith(EXIT.notFound);
  }
  if (isDocument(flags.output)) return printDocument(context.stdout, flags.output, documentOf(pictures));
  context.stdout.write(pictures.map(explanationOf).join('\n'));
}

const documentOf = (pictures: readonly Picture[]): unknown => (pictures.length === 1 ? pictures[0] : pictures);

const ALL = Object.keys(NOUNS) as readonly Noun[];

const ELSEWHERE = 'what is in another namespace is found with -n';

/** `lease db`, `lease/db`, `db`. */
function whatIsMeant(
  words: readonly string[],
  context: CliContext,
): { readonly nouns: readonly Noun[]; readonly name: string } {
  const [first = '', second, ...more] = words.flatMap((word) => word.split('/'));
  if (more.length > 0) throw new UsageError(`name one thing, as in ${context.name} explain lease NAME; ${ELSEWHERE}`);
  if (second === undefined) return { nouns: ALL, name: first };
  const noun = ALL.find((known) => known === first || (NOUNS[known] as readonly string[]).includes(first));
  if (!noun)
    throw new UsageError(`there is no kind ${JSON.stringify(first)}: say one of ${ALL.join(', ')}; ${ELSEWHERE}`);
  return { nouns: [noun], name: second };
}
