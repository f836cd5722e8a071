// A completer with one token per character, so that its prompts can be read, and with prepared answers.

import type { ConversationCompleter } from '../../../src/chat/conversation-completer.ts';
import type { ChatEncoding, ChatMessage, TemplateOptions } from '../../../src/completion/chat-message.ts';
import { failedStream } from '../../../src/completion/failed-stream.ts';
import type { GenerationResult, GenerationStream } from '../../../src/completion/generation.ts';

const idsOf = (text: string): number[] => [...text].map((character) => character.codePointAt(0)!);
export const textOf = (ids: readonly number[]): string => String.fromCodePoint(...ids);
const render = (messages: readonly ChatMessage[]): string =>
  `${messages.map(({ role, content }) => `<${role[0]}>${content}|`).join('')}<a>`;

/** Answers with `answers` in order, each followed by the end mark of the template. */
export class CharacterCompleter implements ConversationCompleter {
  readonly info = { model: 'characters', contextLength: 100 };
  contextLength = 100;
  identity = 'characters#1';
  readonly prompts: string[] = [];
  readonly asked: { messages: readonly ChatMessage[]; options: TemplateOptions | undefined }[] = [];
  readonly #answers: (string | Error | Promise<string>)[];

  constructor(...answers: (string | Error | Promise<string>)[]) {
    this.#answers = answers;
  }

  /** Adds an answer after all others. */
  add(answer: string): void {
    this.#answers.push(answer);
  }

  async encodeChat(
    messages: readonly ChatMessage[],
    previous?: ChatEncoding,
    options?: TemplateOptions,
  ): Promise<ChatEncoding> {
    this.asked.push({ messages, options });
    const text = render(messages);
    if (previous === undefined || !text.startsWith(previous.text)) return { text, tokens: idsOf(text) };
    return { text, tokens: [...previous.tokens, ...idsOf(text.slice(previous.text.length))] };
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
    const tokens = text === '' ? [] : idsOf(`${text}|`);
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
