// Finds the tokens that end generation. Converters often name one end token although a chat model uses two, so tokens
// are also recognized by their text. The list is that of llama.cpp, for which converters write the files.

import { TOKEN_TYPE } from '../base/model/token-type.ts';

const { control: CONTROL } = TOKEN_TYPE;

// A token with one of these names ends generation and is a control token, whatever its type in the file.
const END_NAMES: ReadonlySet<string> = new Set([
  '<|eot_id|>',
  '<|im_end|>',
  '<|end|>',
  '<|return|>', // gpt-oss
  '<|call|>',
  '<|flush|>', // Solar Open
  '<|calls|>',
  '<end_of_turn>',
  '<|endoftext|>',
  '</s>',
  '<|eom_id|>',
  '<EOT>',
  '_<EOT>',
  '[EOT]', // Kimi K2
  '[EOS]',
  '<|end_of_text|>',
  '<end_of_utterance>',
  '<eos>', // Gemma 4
  '<turn|>',
  '<|tool_response>',
  '<\uff5cend\u2581of\u2581sentence\uff5c>', // DeepSeek
  '[e~[', // MiniMax
]);

// Separators between the files of a code model end a fill-in-the-middle completion. At most one token of each kind is
// used.
const FILE_END_NAMES: Readonly<Record<'pad' | 'repository' | 'file', readonly string[]>> = {
  pad: ['<|fim_pad|>', '<fim-pad>', '<fim_pad>', '<PAD>', '[PAD]'],
  repository: ['<|fim_repo|>', '<|repo_name|>', '<fim-repo>', '<REPO>', '<reponame>'],
  file: ['<|file_sep|>'],
};

export interface NamedEndTokens {
  /** tokens that the file names; the end token of chat templates first */
  readonly answer: readonly (number | undefined)[];
  /** tokens that the file names for fill-in-the-middle; undefined if it names none */
  readonly pad?: number | undefined;
  readonly repository?: number | undefined;
  readonly file?: number | undefined;
}

export interface EndTokens {
  /** tokens that the file names, then tokens that are recognized by their text */
  readonly eosIds: readonly number[];
  /** the types, with recognized end tokens as control tokens. [tokens] */
  readonly tokenTypes: Int32Array;
}

/** Returns the end tokens of a vocabulary. `types` [tokens] is not modified. */
export function findEndTokens(
  tokens: readonly string[],
  types: Int32Array,
  named: NamedEndTokens,
): EndTokens {
  const idByName = idsByName(tokens);
  const endIds = new Set(named.answer.filter((id) => id !== undefined));
  for (const name of END_NAMES) addTo(endIds, idByName.get(name));
  const controlIds = new Set<number>();
  for (const name of END_NAMES) addTo(controlIds, idByName.get(name));
  for (const kind of ['pad', 'repository', 'file'] as const) {
    const foundId = FILE_END_NAMES[kind].map((name) => idByName.get(name)).find((id) => id !== undefined);
    addTo(endIds, named[kind] ?? foundId);
    if (named[kind] === undefined) addTo(controlIds, foundId);
  }
  for (const id of idsThatDoNotEnd(idByName, endIds)) {
    endIds.delete(id);
    controlIds.delete(id);
  }
  const tokenTypes = types.slice();
  for (const id of controlIds) tokenTypes[id] = CONTROL;
  return { eosIds: [...endIds], tokenTypes };
}

// In harmony and Solar Open, <|end|> separates messages. In a vocabulary with Gemma 4's tokens, </s> is ordinary text.
function idsThatDoNotEnd(idByName: ReadonlyMap<string, number>, endIds: ReadonlySet<number>): number[] {
  const isEnd = (name: string): boolean => endIds.has(idByName.get(name) ?? -1);
  const hasCalls = isEnd('<|call|>') || isEnd('<|calls|>');
  const separatesMessages = hasCalls && (isEnd('<|return|>') || isEnd('<|flush|>'));
  const names = [...(separatesMessages ? ['<|end|>'] : []), ...(isEnd('<|tool_response>') ? ['</s>'] : [])];
  return names.map((name) => idByName.get(name)).filter((id) => id !== undefined);
}

function addTo(ids: Set<number>, id: number | undefined): void {
  if (id !== undefined) ids.add(id);
}

// Returns the id of the first token with each of the names above.
function idsByName(tokens: readonly string[]): ReadonlyMap<string, number> {
  const names = new Set([...END_NAMES, ...Object.values(FILE_END_NAMES).flat()]);
  const ids = new Map<string, number>();
  tokens.forEach((token, id) => {
    if (names.has(token) && !ids.has(token)) ids.set(token, id);
  });
  return ids;
}
