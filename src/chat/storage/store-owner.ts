// Whether this process is the one that may write, where a database cannot be locked by its file.

export interface StoreOwner {
  /** unlike that of any other owner, ever */
  readonly token: string;
  /** Raises `database_in_use` while another has the database, and what the database says where it cannot be asked. */
  ensure(): Promise<void>;
  /** Another wrote its token over this one's: from now on `ensure` raises. @returns that error */
  supersede(): Error;
  release(): Promise<void>;
}
