// Where the bytes of a model come from: a file, a buffer, later a range of an URL. Formats read the
// ranges they need and never the whole, so that a model is held in memory once.

export interface ByteSource {
  /** what people call it: a path or an URL, for messages */
  readonly name: string;
  /** bytes in all */
  readonly size: number;
  /**
   * Fills `target` from `offset`. Rejects with `file_unreadable` when the range is not inside the source.
   * The target may be a view of shared memory, so that a worker sees the weights without a copy.
   */
  readInto(offset: number, target: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
