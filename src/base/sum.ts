/** Returns the sum of `values`; 0 for none. */
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Returns the sum of the lengths of `lists`. */
export const totalLength = (lists: readonly { readonly length: number }[]): number =>
  lists.reduce((total, { length }) => total + length, 0);
