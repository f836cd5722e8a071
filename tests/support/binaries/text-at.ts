// Reads text in binary files.

/** Returns the text from `offset` to the next zero byte. */
export const textAt = (bytes: Buffer, offset: number): string =>
  bytes.toString('latin1', offset, bytes.indexOf(0, offset));
