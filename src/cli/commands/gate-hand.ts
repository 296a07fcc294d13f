import type { Call } from '../call.ts';

/** Opens or closes a gate by hand. */
export async function turn(
  verb: 'open' | 'close',
  done: 'opened' | 'closed',
  { args, open, context }: Call,
): Promise<void> {
  const [name = ''] = args;
  const { client } = await open();
  await (verb === 'open' ? client.openGate(name) : client.closeGate(name));
  context.stdout.write(`gate ${name} ${done}\n`);
}
