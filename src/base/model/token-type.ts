// What the tokens of a vocabulary are for, by the numbers that GGUF and SentencePiece give them.

export const TOKEN_TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;
