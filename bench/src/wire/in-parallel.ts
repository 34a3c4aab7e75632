/** Doing the same many times over, a few at a time. */

/** Does `work` for 0 … count − 1, `width` at a time; answers the results in order. */
export async function inParallel<Value>(
  count: number,
  work: (index: number) => Promise<Value>,
  width = 32,
): Promise<Value[]> {
  const results: Value[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
  return results;
}
