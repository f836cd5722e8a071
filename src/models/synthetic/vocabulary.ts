// A vocabulary of the right size for a synthetic model: all bytes, so that any text can be encoded, pairs of letters
// that merge, and invented words. A token covers fewer bytes of text than with a trained vocabulary, which affects
// neither speed nor memory for a given number of tokens.

import { BYTE_CHARACTERS } from '../../base/model/byte-characters.ts';
import { TOKEN_TYPE } from '../../base/model/token-type.ts';
import { f32s, flag, int32s, text, texts, u32 } from '../../formats/gguf/typed-values.ts';
import type { TypedValue } from '../../formats/gguf/writer.ts';
import type { PublicModel } from './public-models.ts';

type Metadata = Record<string, TypedValue>;

const { normal: NORMAL, unknown: UNKNOWN, control: CONTROL, byte: BYTE } = TOKEN_TYPE;
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
const PAIRS = LETTERS.flatMap((left) => LETTERS.map((right) => [left, right] as const));
const TEMPLATE =
  "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}" +
  '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';

/** Returns the `tokenizer.*` keys of the model, with a chat template. */
export function vocabularyMetadata({ vocabulary, vocabSize, preTokenizer = 'qwen2' }: PublicModel): Metadata {
  return vocabulary === 'byte-level' ? byteLevel(vocabSize, preTokenizer) : sentencePiece(vocabSize);
}

function byteLevel(vocabSize: number, preTokenizer: string): Metadata {
  const specials = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
  const plainTokens = [...BYTE_CHARACTERS, ...PAIRS.map((pair) => pair.join(''))];
  const fillers = inventWords(vocabSize - plainTokens.length - specials.length, 'Ġ');
  const tokens = [...plainTokens, ...fillers, ...specials];
  const types = tokens.map((_, id) => (id < vocabSize - specials.length ? NORMAL : CONTROL));
  return {
    'tokenizer.ggml.model': text('gpt2'),
    'tokenizer.ggml.pre': text(preTokenizer),
    'tokenizer.ggml.tokens': texts(tokens),
    'tokenizer.ggml.token_type': int32s(types),
    'tokenizer.ggml.merges': texts(PAIRS.map((pair) => pair.join(' '))),
    'tokenizer.ggml.bos_token_id': u32(vocabSize - 3),
    'tokenizer.ggml.eos_token_id': u32(vocabSize - 1),
    'tokenizer.ggml.add_bos_token': flag(false),
    'tokenizer.chat_template': text(TEMPLATE),
  };
}

function sentencePiece(vocabSize: number): Metadata {
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );
  const firstTokens = ['<unk>', '<s>', '</s>', ...bytes];
  const plainTokens = ['▁', ...LETTERS, ...PAIRS.map((pair) => pair.join(''))];
  const tokens = [
    ...firstTokens,
    ...plainTokens,
    ...inventWords(vocabSize - firstTokens.length - plainTokens.length, '▁'),
  ];
  const types = tokens.map((_, index) =>
    index === 0 ? UNKNOWN : index < 3 ? CONTROL : index < firstTokens.length ? BYTE : NORMAL,
  );
  return {
    'tokenizer.ggml.model': text('llama'),
    'tokenizer.ggml.pre': text('default'),
    'tokenizer.ggml.tokens': texts(tokens),
    'tokenizer.ggml.token_type': int32s(types),
    // Merges with a higher score are applied first, so pieces that are earlier in the list take precedence.
    'tokenizer.ggml.scores': f32s(tokens.map((_, index) => -index)),
    'tokenizer.ggml.bos_token_id': u32(1),
    'tokenizer.ggml.eos_token_id': u32(2),
    'tokenizer.ggml.unknown_token_id': u32(0),
    'tokenizer.chat_template': text(
      "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}assistant:",
    ),
  };
}

/** Returns `count` different invented words, each preceded by `space`. */
function inventWords(count: number, space: string): string[] {
  const syllables = PAIRS.filter(([left, right]) => !'aeiou'.includes(left) && 'aeiou'.includes(right));
  return Array.from({ length: count }, (_, number) => {
    let word = '';
    for (
      let remaining = number + syllables.length;
      remaining > 0;
      remaining = Math.floor(remaining / syllables.length)
    )
      word += syllables[remaining % syllables.length]!.join('');
    return space + word;
  });
}
