// Random access to the bytes of a model: a file or a buffer. Formats read only the ranges that they need, so that the
// weights are in memory once.

export interface ByteSource {
  /** path or URL, for messages */
  readonly name: string;
  /** bytes */
  readonly size: number;
  /**
   * Fills `target` from `offset`. Rejects with `file_unreadable` when the range is not inside the source.
   * The target may be a view of shared memory, so that a worker sees the weights without a copy.
   */
  readInto(offset: number, target: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
