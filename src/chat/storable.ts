// Text that every database can store. PostgreSQL refuses the character 0, SQLite functions end strings at it, and neither
// stores unpaired surrogates.

/** Returns `text` with every character that cannot be stored replaced by U+FFFD. */
export const storable = (text: string): string => text.replace(/\p{Surrogate}|\0/gu, '\uFFFD');
