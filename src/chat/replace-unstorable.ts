// Makes text storable in every database. PostgreSQL rejects U+0000, SQLite functions end a string at U+0000, and neither database
// stores unpaired surrogates.

/** Returns `text` with every character that cannot be stored replaced by U+FFFD. */
export const replaceUnstorable = (text: string): string => text.replace(/\p{Surrogate}|\0/gu, '\uFFFD');
