/**
 * Returns an iterator over `pieces` that ends or throws only after `result` has settled. Then the turn has been stored or undone,
 * and the next turn may start.
 */
export function endAfter(
  pieces: AsyncIterator<string>,
  result: Promise<unknown>,
): AsyncIterator<string, undefined> {
  const settled = result.then(
    () => undefined,
    () => undefined,
  );
  const waitAtEnd = async (step: Promise<IteratorResult<string>> | undefined) => {
    try {
      const { done, value } = (await step) ?? { done: true, value: undefined };
      if (done !== true) return { done: false as const, value: value as string };
    } catch (error) {
      await settled;
      throw error;
    }
    return { done: true as const, value: await settled };
  };
  return { next: () => waitAtEnd(pieces.next()), return: () => waitAtEnd(pieces.return?.()) };
}
