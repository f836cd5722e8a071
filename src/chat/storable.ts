// Text as every database keeps it. PostgreSQL refuses the character 0, at which SQLite's own functions end a text; and
// neither keeps half of a surrogate pair.

/** `text`; each character in it that a database cannot keep becomes U+FFFD. */
export const storable = (text: string): string => text.replace(/\p{Surrogate}|\0/gu, '\uFFFD');
