// When the pieces of an answer may end: not before its turn has.

/** The same pieces; they end, well or badly, when the turn is kept or undone and another one may begin. */
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
