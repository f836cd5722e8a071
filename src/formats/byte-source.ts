// Random access to the bytes of a model: a file or a buffer. Formats read only the ranges that they need, so that the
// weights are never in memory twice.

export interface ByteSource {
  /** path or URL, for messages */
  readonly name: string;
  /** bytes */
  readonly size: number;
  /** descriptor of the open file, if the source is a file */
  readonly descriptor?: number;
  /**
   * Fills `target` with the bytes from `offset` on. Rejects with `file_unreadable` when the range is outside the
   * source. `target` may be a view of shared memory, so that workers can use the weights without a copy.
   */
  readInto(offset: number, target: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
