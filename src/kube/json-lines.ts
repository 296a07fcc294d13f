/** A line of a stream that is no JSON. What follows cannot be trusted to be complete. */
export class UndecodableLineError extends Error {
  override readonly name = 'UndecodableLineError';
}

/** A stream that ended in the middle of a line. */
export class TruncatedLineError extends Error {
  override readonly name = 'TruncatedLineError';
}

/** The JSON value on each line, however the lines are cut into chunks. */
export async function* jsonLines(chunks: AsyncIterable<string>): AsyncGenerator<unknown, void> {
  // parts, not one growing string: a long line in many chunks would be copied again for each
  let begun: string[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      begun.push(chunk.slice(start, end));
      start = end + 1;
      const line = begun.join('');
      begun = [];
      if (line.trim()) yield decode(line);
    }
    if (start < chunk.length) begun.push(chunk.slice(start));
  }
  const rest = begun.join('').trim();
  if (rest) throw new TruncatedLineError(`the stream ended inside a line: ${excerpt(rest)}`);
}

function decode(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new UndecodableLineError(`the stream holds a line that is no JSON: ${excerpt(line)}`, { cause });
  }
}

const SHOWN = 120;
const excerpt = (line: string): string => JSON.stringify(line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line);
