// A completer for tests, with one token per character, so that prompts are readable, and with given answers.

import type { ConversationCompleter } from '../../../src/chat/conversation-completer.ts';
import type { ChatEncoding, ChatMessage, TemplateOptions } from '../../../src/completion/chat-message.ts';
import { failedStream } from '../../../src/completion/failed-stream.ts';
import type { GenerationResult, GenerationStream } from '../../../src/completion/generation.ts';

const encode = (text: string): number[] => [...text].map((character) => character.codePointAt(0)!);
export const textOf = (ids: readonly number[]): string => String.fromCodePoint(...ids);
const render = (messages: readonly ChatMessage[]): string =>
  `${messages.map(({ role, content }) => `<${role[0]}>${content}|`).join('')}<a>`;

/** Generates `answers` in order. Each is followed by `|`, the end token of the template. */
export class CharacterCompleter implements ConversationCompleter {
  readonly info = { model: 'characters', contextLength: 100 };
  contextLength = 100;
  identity = 'characters#1';
  /** text of each prompt */
  readonly prompts: string[] = [];
  /** arguments of each call of `encodeChat` */
  readonly encodeCalls: { messages: readonly ChatMessage[]; options: TemplateOptions | undefined }[] = [];
  readonly #answers: (string | Error | Promise<string>)[];

  constructor(...answers: (string | Error | Promise<string>)[]) {
    this.#answers = answers;
  }

  /** Adds an answer after the other answers. */
  add(answer: string): void {
    this.#answers.push(answer);
  }

  async encodeChat(
    messages: readonly ChatMessage[],
    previous?: ChatEncoding,
    options?: TemplateOptions,
  ): Promise<ChatEncoding> {
    this.encodeCalls.push({ messages, options });
    const text = render(messages);
    if (previous === undefined || !text.startsWith(previous.text)) return { text, tokens: encode(text) };
    return { text, tokens: [...previous.tokens, ...encode(text.slice(previous.text.length))] };
  }

  decodeRaw(tokens: readonly number[]): string {
    return textOf(tokens);
  }

  completeTokens(prompt: readonly number[]): GenerationStream {
    this.prompts.push(textOf(prompt));
    const answer = this.#answers.shift() ?? '';
    if (answer instanceof Error) return failedStream(answer);
    const result = Promise.resolve(answer).then((text) => this.#result(prompt, text));
    return {
      accepted: Promise.resolve(),
      result,
      async *[Symbol.asyncIterator]() {
        yield (await result).text;
      },
    };
  }

  #result(prompt: readonly number[], text: string): GenerationResult {
    const tokens = text === '' ? [] : encode(`${text}|`);
    return {
      text,
      tokens,
      promptTokens: prompt.length,
      cachedTokens: 0,
      computedTokens: 0,
      cache: { runningTokens: 0, memoryTokens: 0, diskTokens: 0 },
      generatedTokens: tokens.length,
      finishReason: 'stop',
      seed: 0,
      ttftMs: 0,
      decodeTokensPerSecond: 0,
      backend: 'characters',
    };
  }
}
