/** Does it for every item, so many at a time, in order of start. Every one is tried; then the first error is thrown. */
export async function inParallel<T, Answer>(
  items: readonly T[],
  atOnce: number,
  task: (item: T) => Promise<Answer>,
): Promise<Answer[]> {
  const answers = new Array<Answer>(items.length);
  const errors: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      try {
        answers[index] = await task(items[index] as T);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
  return answers;
}
