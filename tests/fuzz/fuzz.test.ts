// Fuzz tests of untrusted texts: chat templates, message contents, frames of the chat socket and request bodies. Each target
// receives the texts of its corpus and random changes of them, and must accept each text or reject it with a documented
// error code. Texts that caused a fault are in the corpus. model-files.test.ts and model-values.test.ts test model files,
// weights and tokenizers in the same way.

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

const MUTANTS = process.env.QUIRE_FULL === '1' ? 20_000 : 400;
const TIMEOUT_MS = 600_000;

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const readCorpus = (name: string): string[] =>
  JSON.parse(readFileSync(pathOf(`./corpus/${name}.json`), 'utf8')) as string[];
const splitWords = (text: string): string[] => text.split(' ');

const tokenizer = createTokenizer(
  controlVocabulary({
    bos: '<s>',
    eos: '</s>',
    special: ['<s>', '</s>', '<|im_start|>', '<|im_end|>', '[INST]', '[/INST]'],
    added: ['<think>', '</think>', '<tool_call>', '</tool_call>'],
  }),
);

const TEMPLATES = readdirSync(pathOf('../golden/templates')).map((name) =>
  readFileSync(pathOf(`../golden/templates/${name}`), 'utf8'),
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
  /** words that are inserted into the seeds */
  readonly words: readonly string[];
  /** throws if the text is rejected */
  readonly accept: (text: string) => unknown;
  /** allowed error codes */
  readonly codes: RegExp;
}

const TARGETS: Readonly<Record<string, Target>> = {
  jinja: {
    seeds: [...readCorpus('jinja'), ...TEMPLATES],
    words: splitWords(
      "{% {%- %} -%} {{ }} {# #} for in if else elif endif endfor set endset macro endmacro messages message.content loop.first loop.index0 range(9) range(99999) namespace(a=1) ns.a | tojson trim join length upper default(1) [0] [-1] [::-1] [1:] ( ) . , : ~ + - * // % ** == != < >= and or not is defined none true ' \" \\ 1e3 0x1 raise_exception(1) .split('a') .strip() recursive call filter raw endraw break continue",
    ),
    accept: (source) =>
      createChatTemplate({ chatTemplates: new Map([['default', source]]) }, tokenizer).encode(MESSAGES, {
        tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
      }),
    codes: /^(bad_chat_template|template_too_costly)$/,
  },
  guard: {
    seeds: readCorpus('guard'),
    words: [
      ...splitWords(
        '<|im_start|> <|im_end|> <|im_ end|> <s> </s> </think> <think> [INST] \u{e000} \u{f8ff} \ue001\ue002 \u{1f600} \ud800 \udfff \u0000 \ufdd0 \uffff {{ }} \\ue000',
      ),
      '\n',
      ' ',
      '\n\n',
      '\t',
      '\u00a0',
    ],
    accept: (content) => {
      const template = createChatTemplate({ chatTemplates: new Map([['default', CHATML]]) }, tokenizer);
      const { tokens } = template.encode([{ role: 'user', content }]);
      const expected = template.encode([{ role: 'user', content: 'x' }]);
      const controlTokens = (list: readonly number[]): number[] =>
        list.filter((id) => tokenizer.isSpecial(id));
      // The content must not add control tokens to the control tokens of the template.
      expect(controlTokens(tokens)).toEqual(controlTokens(expected.tokens));
    },
    codes: /^bad_chat_template$/,
  },
  frame: {
    seeds: readCorpus('frame'),
    words: splitWords(
      '{ } [ ] , : "message" "options" "conversation" "new" "resume" "cancel" "watch" "ping" "edit" "regenerate" "contextPolicy" "truncate" true false null 0 -1 1e999 9007199254740993 "__proto__" "constructor" "logitBias" "badWords" "stop" "topK" 2147483648 \\u0000 \\ud800',
    ),
    accept: parseCommand,
    codes: /^(bad_message|bad_option|unknown_option|message_too_large|body_too_large)$/,
  },
  body: {
    seeds: readCorpus('body'),
    words: splitWords(
      '{ } [ ] , : "messages" "prompt" "role" "content" "user" "system" "developer" "stop" "n" "logprobs" "logit_bias" "stream" "stream_options" true false null 0 -1 1e999 2147483648 "__proto__" "tools" "tool_choice" "none" "metadata" "max_tokens" "text" "type" \\u0000 \\ud800',
    ),
    accept: (text) => {
      const body = parseJson(text);
      if (body === undefined) return;
      const object = body as { prompt?: unknown };
      if (object?.prompt === undefined) readChatRequest(body);
      else readCompletionRequest(body);
    },
    codes: /^(bad_message|bad_option|unknown_option|not_supported|body_too_large|unsupported_[a-z_]+)$/,
  },
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the server rejects a text that is not JSON before this target
  }
};

/** Returns `accepted`, the error code, or a description of any other error. */
function outcomeOf({ accept }: Target, text: string): string {
  try {
    accept(text);
    return 'accepted';
  } catch (error) {
    return error instanceof QuireError ? error.code : `${String(error)} for ${JSON.stringify(text)}`;
  }
}

describe.each(Object.entries(TARGETS))('changed texts for the target %s', (_name, target) => {
  it('are accepted or rejected with a documented error code', { timeout: TIMEOUT_MS }, () => {
    const random = randomNumbers(23);
    const outcomes = new Map<string, number>();
    for (let i = 0; i < target.seeds.length + MUTANTS; i++) {
      const outcome = outcomeOf(target, target.seeds[i] ?? mutateText(target, random));
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    const unexpected = [...outcomes.keys()].filter(
      (outcome) => outcome !== 'accepted' && !target.codes.test(outcome),
    );
    expect(unexpected.slice(0, 5)).toEqual([]);
    expect(outcomes.get('accepted')).toBeGreaterThan(0);
  });
});
