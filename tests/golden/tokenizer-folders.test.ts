// Special tokens are found in every file in which transformers finds them (tools/golden/tokenizer_folders.py).

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/model/tokenizer-data.ts';
import type { ChatMessage } from '../../src/completion/chat-message.ts';
import { createChatTemplate, createTokenizer, openTokenizer } from '../../src/index.ts';
import { temporaryFolderForEachTest } from '../support/temporary-folder.ts';

interface Folder {
  readonly name: string;
  /** tokens that the definition begins with */
  readonly special: readonly string[];
  /** of the definition */
  readonly changes: JsonObject;
  /** other files, by name without .json */
  readonly beside: Readonly<Record<string, JsonObject>>;
  readonly eos: number | null;
  readonly ids: readonly (readonly number[])[];
  readonly decoded: readonly string[];
  readonly chat?: readonly number[];
}

const file = new URL('./fixtures/tokenizer-folders.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly definition: JsonObject;
  readonly alphabet: readonly string[];
  readonly texts: readonly string[];
  readonly messages: readonly ChatMessage[];
  readonly folders: readonly Folder[];
};

const folder = temporaryFolderForEachTest('tokenizer');

it.each(golden.folders)(
  '$name: the ids and texts are those of transformers',
  async ({ special, changes, beside, eos, ids, decoded, chat }) => {
    const files = { tokenizer: definition(special, changes), ...beside };
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder(), `${name}.json`), JSON.stringify(content));
    const data = await openTokenizer(folder());
    const tokenizer = createTokenizer(data);
    const begin = tokenizer.addBos && tokenizer.bosId !== undefined ? [tokenizer.bosId] : [];
    const encoded = golden.texts.map((text) => [...begin, ...tokenizer.encode(text, { special: 'parse' })]);
    expect(encoded).toEqual(ids);
    expect(encoded.map((one) => tokenizer.decode(one))).toEqual(decoded);
    expect(tokenizer.eosIds[0] ?? null).toBe(eos);
    if (chat !== undefined) {
      const template = createChatTemplate(data, tokenizer);
      expect(template.encode(golden.messages).tokens).toEqual(chat);
    }
  },
);

function definition(special: readonly string[], changes: JsonObject): JsonObject {
  const pieces = [...special, ...golden.alphabet];
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const flags = { lstrip: false, rstrip: false, normalized: false, single_word: false, special: true };
  return {
    ...golden.definition,
    added_tokens: special.map((content, id) => ({ id, content, ...flags })),
    model: { type: 'BPE', vocab, merges: [] },
    ...changes,
  };
}
