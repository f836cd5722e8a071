// A connection to an SQLite database whose slow calls do not block the event loop.

export interface SqliteDatabase {
  /** Runs statements. Rejects with an error whose `code` is the name of a result code, such as `SQLITE_BUSY`. */
  exec(sql: string): Promise<unknown>;
  prepare(sql: string): Promise<SqliteStatement>;
  /** Closes the connection and releases its locks. */
  close(): Promise<void>;
}

export interface SqliteStatement {
  readonly returnsRows: boolean;
  /** A blob is returned as a buffer or an array of bytes, depending on the library. */
  all(parameters: readonly unknown[]): Promise<unknown[]>;
  run(parameters: readonly unknown[]): Promise<{ readonly changes: number }>;
}
