// The interface of the ownership of a database. It is needed for a database that several machines can reach, because a
// lock file protects only files on one machine.

export interface StoreOwner {
  /** unique to this owner */
  readonly token: string;
  /**
   * Acquires ownership of the database unless it is already acquired. Rejects with `database_in_use` while another process
   * owns the database, or with the error of the database.
   */
  ensure(): Promise<void>;
  /** Marks this owner as replaced by another process, after which `ensure` rejects. Returns the error of `ensure`. */
  markReplaced(): Error;
  release(): Promise<void>;
}
