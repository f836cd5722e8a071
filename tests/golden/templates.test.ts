// Compares chat templates in the formats of well-known models with transformers, and single features of Jinja with jinja2.
// Also tests that control strings in the contents of messages are encoded as text.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/base/model/tokenizer-data.ts';
import { finish } from '../../src/base/steps.ts';
import type { ChatMessage } from '../../src/completion/chat-message.ts';
import {
  type ChatEncodeOptions,
  type ChatTemplate,
  createChatTemplate,
} from '../../src/text/chat-template.ts';
import { compileSource } from '../../src/text/jinja/program.ts';
import { renderProgram } from '../../src/text/jinja/render.ts';
import { MarkedStrings } from '../../src/text/jinja/strings/marked-strings.ts';
import { createTokenizer, type Tokenizer } from '../../src/text/tokenizer.ts';
import { controlVocabulary } from '../support/models/control-vocabulary.ts';

interface Outcome {
  readonly text?: string;
  /** the error that Python raises */
  readonly error?: string;
}

interface Case extends Outcome {
  readonly conversation: string;
  readonly addGenerationPrompt: boolean;
  readonly tools?: true;
  readonly documents?: true;
  readonly templateOptions?: Record<string, JsonValue>;
}

interface Model {
  readonly tokens: Parameters<typeof controlVocabulary>[0];
  readonly cases: readonly Case[];
}

interface Golden {
  readonly now: string;
  readonly tools: JsonObject[];
  readonly documents: JsonObject[];
  readonly conversations: Record<string, ChatMessage[]>;
  readonly models: Record<string, Model>;
  readonly variables: JsonObject;
  readonly snippets: readonly (Outcome & { template: string })[];
}

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const golden = JSON.parse(read('./fixtures/templates.json')) as Golden;
const now = (): Date => new Date(golden.now);

function optionsOf({ addGenerationPrompt, tools, documents, templateOptions }: Case): ChatEncodeOptions {
  return {
    addGenerationPrompt,
    ...(tools === undefined ? {} : { tools: golden.tools }),
    ...(documents === undefined ? {} : { documents: golden.documents }),
    ...(templateOptions === undefined ? {} : { templateOptions }),
  };
}

function openTemplate(name: string, { tokens }: Model): { tokenizer: Tokenizer; template: ChatTemplate } {
  const tokenizer = createTokenizer(controlVocabulary(tokens));
  const data = {
    chatTemplates: new Map([['default', read(`./templates/${name}.jinja`)]]),
    ...(tokens.pad === undefined ? {} : { padToken: tokens.pad }),
    ...(tokens.unk === undefined ? {} : { unknownToken: tokens.unk }),
  };
  return { tokenizer, template: createChatTemplate(data, tokenizer, { now }) };
}

const CALL: ChatMessage = {
  role: 'assistant',
  content: '',
  tool_calls: [{ id: 'call00001', type: 'function', function: { name: 'f', arguments: {} } }],
};

const MESSAGES_WITH: Readonly<Record<string, (content: string) => ChatMessage[]>> = {
  'from a user': (content) => [{ role: 'user', content }],
  'from the system': (content) => [
    { role: 'system', content },
    { role: 'user', content: 'hi' },
  ],
  'from a tool': (content) => [
    { role: 'user', content: 'call' },
    CALL,
    { role: 'tool', content, tool_call_id: 'call00001' },
  ],
};

describe.each(Object.entries(golden.models))('template %s', (name, model) => {
  const { tokenizer, template } = openTemplate(name, model);
  const { special, added = [] } = model.tokens;
  const controlIds = new Set(
    tokenizer.controlStrings.map((text) => tokenizer.encode(text, { special: 'parse' })[0]),
  );
  const controlsIn = (ids: readonly number[]) => ids.filter((id) => controlIds.has(id));
  const acceptedCases = model.cases.filter(({ text }) => text !== undefined);

  it('renders the same text as transformers and encodes exactly this text', () => {
    expect(acceptedCases.length).toBeGreaterThan(0);
    for (const testCase of acceptedCases) {
      const messages = golden.conversations[testCase.conversation] ?? [];
      const caseName = JSON.stringify({ ...testCase, text: undefined });
      expect(template.render(messages, optionsOf(testCase)), caseName).toBe(testCase.text);
      const { text, tokens } = template.encode(messages, optionsOf(testCase));
      expect(text, caseName).toBe(testCase.text);
      expect(tokenizer.decodeRaw(tokens), caseName).toBe(testCase.text);
    }
  });

  it('throws the error that the template raises in Python', () => {
    for (const testCase of model.cases.filter(({ error }) => error !== undefined)) {
      const messages = golden.conversations[testCase.conversation] ?? [];
      const reason = testCase.error?.replace(/^TemplateError: /, '');
      expect(() => template.encode(messages, optionsOf(testCase)), testCase.conversation).toThrow(
        expect.objectContaining({
          code: 'bad_chat_template',
          message: expect.stringContaining(reason ?? ''),
        }),
      );
    }
  });

  // The control tokens of a conversation without control strings are those that the template itself writes.
  const roles = Object.entries(MESSAGES_WITH).filter(([, messagesWith]) =>
    canRender(template, messagesWith('plain')),
  );
  it.each(roles)('encodes control strings as text in a message %s', (_role, messagesWith) => {
    const strings = [...special, ...added];
    const plain = template.encode(messagesWith('plain')).tokens;
    for (const content of [...strings, strings.join(''), strings.map((text) => `a${text} `).join('\n')]) {
      const { text, tokens } = template.encode(messagesWith(content));
      expect(text, content).toBe(template.render(messagesWith(content)));
      expect(tokenizer.decodeRaw(tokens), content).toBe(text);
      expect(controlsIn(tokens), content).toEqual(controlsIn(plain));
    }
  });

  // The contents are built from parts of control strings and from strings at which templates split and strip.
  it('writes the same control tokens for all message contents', () => {
    const controlStringParts = [...special, ...added].flatMap((text) => [
      text.slice(0, 2),
      text.slice(2),
      text,
    ]);
    const part = fc.constantFrom(
      ...controlStringParts,
      '<think>',
      '</think>',
      ' ',
      '\n',
      '\n\n',
      '<tool_response>',
      '"',
      'a',
    );
    const content = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
    const conversationOf = (first: string, second: string, third: string): ChatMessage[] => [
      { role: 'user', content: first },
      { role: 'assistant', content: second },
      { role: 'user', content: third },
    ];
    const expectedControls = controlsIn(template.encode(conversationOf('a', 'b', 'c')).tokens);
    fc.assert(
      fc.property(content, content, content, (...contents) => {
        const { text, tokens } = template.encode(conversationOf(...contents));
        expect(text).toBe(template.render(conversationOf(...contents)));
        expect(tokenizer.decodeRaw(tokens)).toBe(text);
        expect(controlsIn(tokens)).toEqual(expectedControls);
      }),
      { numRuns: 50 },
    );
  });

  it('gives the same token ids with and without a previous encoding of the history', () => {
    for (const messages of Object.values(golden.conversations)) {
      for (let length = 1; length < messages.length; length++) {
        const history = messages.slice(0, length);
        if (!canRender(template, history) || !canRender(template, messages)) continue;
        const previous = template.encode(history, { addGenerationPrompt: false });
        expect(template.encode(messages, { previous })).toEqual(template.encode(messages));
      }
    }
  });
});

function canRender(template: ChatTemplate, messages: readonly ChatMessage[]): boolean {
  try {
    template.render(messages);
    return true;
  } catch {
    return false;
  }
}

describe('a feature of Jinja', () => {
  const render = (template: string): string =>
    finish(
      renderProgram(compileSource(template).statement, golden.variables, {
        markedStrings: new MarkedStrings(),
        now,
      }),
    );

  it.each(golden.snippets)('$template gives the same result as in Python', ({ template, text }) => {
    if (text === undefined) expect(() => render(template)).toThrow();
    else expect(render(template)).toBe(text);
  });
});
