// A vocabulary of the right size for a synthetic model: all bytes, so that any text can be encoded, pairs of
// letters that merge, and made-up words for the rest. Texts come out shorter in bytes a token than a real
// one's, which speed and memory do not mind.

import { BYTE_CHARACTERS } from '../../base/model/byte-characters.ts';
import { TOKEN_TYPE } from '../../base/model/token-type.ts';
import type { TypedValue } from '../gguf/writer.ts';
import type { PublicShape } from './public-shapes.ts';

type Metadata = Record<string, TypedValue>;

const { normal: NORMAL, unknown: UNKNOWN, control: CONTROL, byte: BYTE } = TOKEN_TYPE;
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
const PAIRS = LETTERS.flatMap((left) => LETTERS.map((right) => [left, right] as const));
const TEMPLATE =
  "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}" +
  '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';

export function vocabularyMetadata({ vocabulary, vocabSize, architecture }: PublicShape): Metadata {
  return vocabulary === 'byte-level' ? byteLevel(vocabSize, architecture) : sentencePiece(vocabSize);
}

function byteLevel(vocabSize: number, architecture: string): Metadata {
  const specials = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
  const plain = [...BYTE_CHARACTERS, ...PAIRS.map((pair) => pair.join(''))];
  const fillers = words(vocabSize - plain.length - specials.length, 'Ġ');
  const tokens = [...plain, ...fillers, ...specials];
  const types = tokens.map((_, id) => (id < vocabSize - specials.length ? NORMAL : CONTROL));
  return {
    'tokenizer.ggml.model': text('gpt2'),
    'tokenizer.ggml.pre': text(architecture === 'gpt2' ? 'gpt-2' : 'qwen2'),
    'tokenizer.ggml.tokens': { type: 'array', of: 'string', value: tokens },
    'tokenizer.ggml.token_type': { type: 'array', of: 'int32', value: types },
    'tokenizer.ggml.merges': { type: 'array', of: 'string', value: PAIRS.map((pair) => pair.join(' ')) },
    'tokenizer.ggml.bos_token_id': id(vocabSize - 3),
    'tokenizer.ggml.eos_token_id': id(vocabSize - 1),
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: false },
    'tokenizer.chat_template': text(TEMPLATE),
  };
}

function sentencePiece(vocabSize: number): Metadata {
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );
  const head = ['<unk>', '<s>', '</s>', ...bytes];
  const plain = ['▁', ...LETTERS, ...PAIRS.map((pair) => pair.join(''))];
  const tokens = [...head, ...plain, ...words(vocabSize - head.length - plain.length, '▁')];
  const types = tokens.map((_, index) =>
    index === 0 ? UNKNOWN : index < 3 ? CONTROL : index < head.length ? BYTE : NORMAL,
  );
  return {
    'tokenizer.ggml.model': text('llama'),
    'tokenizer.ggml.pre': text('default'),
    'tokenizer.ggml.tokens': { type: 'array', of: 'string', value: tokens },
    'tokenizer.ggml.token_type': { type: 'array', of: 'int32', value: types },
    // a longer piece counts for more, as merging left to right asks for
    'tokenizer.ggml.scores': { type: 'array', of: 'float32', value: tokens.map((_, index) => -index) },
    'tokenizer.ggml.bos_token_id': id(1),
    'tokenizer.ggml.eos_token_id': id(2),
    'tokenizer.ggml.unknown_token_id': id(0),
    'tokenizer.chat_template': text(
      "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}assistant:",
    ),
  };
}

const text = (value: string): TypedValue => ({ type: 'string', value });
const id = (value: number): TypedValue => ({ type: 'uint32', value });

/** `count` different made-up words, each after `space`. */
function words(count: number, space: string): string[] {
  const syllables = PAIRS.filter(([left, right]) => !'aeiou'.includes(left) && 'aeiou'.includes(right));
  return Array.from({ length: count }, (_, number) => {
    let word = '';
    for (let rest = number + syllables.length; rest > 0; rest = Math.floor(rest / syllables.length))
      word += syllables[rest % syllables.length]!.join('');
    return space + word;
  });
}
