/**
 * Returns an iterator over the same pieces that ends, or throws, only after `result` has settled: then the turn is stored or
 * undone, and the next one may start.
 */
export function endAfter(
  pieces: AsyncIterator<string>,
  result: Promise<unknown>,
): AsyncIterator<string, undefined> {
  const settled = result.then(
    () => undefined,
    () => undefined,
  );
  const ending = async (step: Promise<IteratorResult<string>> | undefined) => {
    try {
      const { done, value } = (await step) ?? { done: true, value: undefined };
      if (done !== true) return { done: false as const, value: value as string };
    } catch (error) {
      await settled;
      throw error;
    }
    return { done: true as const, value: await settled };
  };
  return { next: () => ending(pieces.next()), return: () => ending(pieces.return?.()) };
}
