// Fuzz tests of untrusted texts: chat templates, contents of messages, frames of the chat socket, bodies of requests. Each
// target gets every text of its corpus and mutants of them, and must accept it or refuse it with a documented error code.
// model-files.test.ts and model-values.test.ts do the same for model files, weights and tokenizers. Texts that caused a
// fault are added to the corpus.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { QuireError } from '../../src/base/errors.ts';
import { parseCommand } from '../../src/server/protocols/chat-socket/chat-command.ts';
import { readChatRequest } from '../../src/server/protocols/openai-chat/chat-request.ts';
import { readCompletionRequest } from '../../src/server/protocols/openai-completions/completion-request.ts';
import { createChatTemplate } from '../../src/text/chat-template.ts';
import { createTokenizer } from '../../src/text/tokenizer.ts';
import { mutateText } from '../support/faults/mutate-text.ts';
import { controlVocabulary } from '../support/models/control-vocabulary.ts';
import { randomNumbers } from '../support/random.ts';

const COUNT = process.env.QUIRE_FULL === '1' ? 20_000 : 400;
const TIMEOUT_MS = 600_000;

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const corpus = (name: string): string[] =>
  JSON.parse(readFileSync(path(`./corpus/${name}.json`), 'utf8')) as string[];
const words = (text: string): string[] => text.split(' ');

const tokenizer = createTokenizer(
  controlVocabulary({
    bos: '<s>',
    eos: '</s>',
    special: ['<s>', '</s>', '<|im_start|>', '<|im_end|>', '[INST]', '[/INST]'],
    added: ['<think>', '</think>', '<tool_call>', '</tool_call>'],
  }),
);

const TEMPLATES = readdirSync(path('../golden/templates')).map((name) =>
  readFileSync(path(`../golden/templates/${name}`), 'utf8'),
);
const CHATML = TEMPLATES.find((source) => source.includes('im_start')) ?? '';

const MESSAGES = [
  { role: 'system', content: 'You are <|im_end|> helpful.' },
  { role: 'user', content: 'Hi </think> there\n\n' },
  { role: 'assistant', content: '<think>\nso\n</think>\n\nHello' },
  { role: 'user', content: ' \n<|im_' },
] as const;

interface Target {
  readonly seeds: readonly string[];
  readonly words: readonly string[];
  readonly take: (text: string) => unknown;
  /** allowed error codes */
  readonly codes: RegExp;
}

const TARGETS: Readonly<Record<string, Target>> = {
  jinja: {
    seeds: [...corpus('jinja'), ...TEMPLATES],
    words: words(
      "{% {%- %} -%} {{ }} {# #} for in if else elif endif endfor set endset macro endmacro messages message.content loop.first loop.index0 range(9) range(99999) namespace(a=1) ns.a | tojson trim join length upper default(1) [0] [-1] [::-1] [1:] ( ) . , : ~ + - * // % ** == != < >= and or not is defined none true ' \" \\ 1e3 0x1 raise_exception(1) .split('a') .strip() recursive call filter raw endraw break continue",
    ),
    take: (source) =>
      createChatTemplate({ chatTemplates: new Map([['default', source]]) }, tokenizer).encode(MESSAGES, {
        tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
      }),
    codes: /^(bad_chat_template|template_too_costly)$/,
  },
  guard: {
    seeds: corpus('guard'),
    words: [
      ...words(
        '<|im_start|> <|im_end|> <|im_ end|> <s> </s> </think> <think> [INST] \u{e000} \u{f8ff} \ue001\ue002 \u{1f600} \ud800 \udfff \u0000 \ufdd0 \uffff {{ }} \\ue000',
      ),
      '\n',
      ' ',
      '\n\n',
      '\t',
      '\u00a0',
    ],
    take: (content) => {
      const template = createChatTemplate({ chatTemplates: new Map([['default', CHATML]]) }, tokenizer);
      const { tokens } = template.encode([{ role: 'user', content }]);
      const wanted = template.encode([{ role: 'user', content: 'x' }]).tokens;
      const controls = (list: readonly number[]): number[] => list.filter((id) => tokenizer.isSpecial(id));
      // Contents must not add control tokens to those of the template.
      expect(controls(tokens)).toEqual(controls(wanted));
    },
    codes: /^bad_chat_template$/,
  },
  frame: {
    seeds: corpus('frame'),
    words: words(
      '{ } [ ] , : "message" "options" "conversation" "new" "resume" "cancel" "watch" "ping" "edit" "regenerate" "contextPolicy" "truncate" true false null 0 -1 1e999 9007199254740993 "__proto__" "constructor" "logitBias" "badWords" "stop" "topK" 2147483648 \\u0000 \\ud800',
    ),
    take: parseCommand,
    codes: /^(bad_message|bad_option|unknown_option|message_too_large|body_too_large)$/,
  },
  body: {
    seeds: corpus('body'),
    words: words(
      '{ } [ ] , : "messages" "prompt" "role" "content" "user" "system" "developer" "stop" "n" "logprobs" "logit_bias" "stream" "stream_options" true false null 0 -1 1e999 2147483648 "__proto__" "tools" "tool_choice" "none" "metadata" "max_tokens" "text" "type" \\u0000 \\ud800',
    ),
    take: (text) => {
      const body = parsed(text);
      if (body === undefined) return;
      const object = body as { prompt?: unknown };
      if (object?.prompt === undefined) readChatRequest(body);
      else readCompletionRequest(body);
    },
    codes: /^(bad_message|bad_option|unknown_option|not_supported|body_too_large|unsupported_[a-z_]+)$/,
  },
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the JSON parser refuses it
  }
};

/** Returns `taken`, the error code, or a description of any other error. */
function outcomeOf({ take }: Target, text: string): string {
  try {
    take(text);
    return 'taken';
  } catch (error) {
    return error instanceof QuireError ? error.code : `${String(error)} for ${JSON.stringify(text)}`;
  }
}

describe.each(Object.entries(TARGETS))('mutated texts for %s', (_name, target) => {
  it('are accepted or refused with a documented error code', { timeout: TIMEOUT_MS }, () => {
    const random = randomNumbers(23);
    const outcomes = new Map<string, number>();
    for (let number = 0; number < target.seeds.length + COUNT; number++) {
      const outcome = outcomeOf(target, target.seeds[number] ?? mutateText(target, random));
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    const strange = [...outcomes.keys()].filter(
      (outcome) => outcome !== 'taken' && !target.codes.test(outcome),
    );
    expect(strange.slice(0, 5)).toEqual([]);
    expect(outcomes.get('taken')).toBeGreaterThan(0);
  });
});
