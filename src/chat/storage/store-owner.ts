// Ownership of a database that cannot be locked by a file.

export interface StoreOwner {
  /** unique to this owner */
  readonly token: string;
  /** Rejects with `database_in_use` while another process owns the database, or with the error of the database. */
  ensure(): Promise<void>;
  /** Marks this owner as replaced: `ensure` rejects from now on. @returns the error */
  supersede(): Error;
  release(): Promise<void>;
}
