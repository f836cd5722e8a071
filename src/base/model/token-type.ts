// The token types of a vocabulary, with the numbers of GGUF and SentencePiece.

export const TOKEN_TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;
