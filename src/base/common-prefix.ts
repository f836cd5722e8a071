// How much two runs of tokens, or two texts, share from the start: what a cache can save of one when it holds the other.

export function commonPrefix<T>(a: ArrayLike<T>, b: ArrayLike<T>): number {
  const limit = Math.min(a.length, b.length);
  let length = 0;
  while (length < limit && a[length] === b[length]) length++;
  return length;
}
