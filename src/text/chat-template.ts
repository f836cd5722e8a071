// Messages to a prompt by the model's own jinja template. Special tokens arise from the template only: a
// guard (special-guard.ts) keeps the same strings inside messages plain text.

import { Template } from '@huggingface/jinja';
import type { ChatEncoding, ChatMessage } from '../base/completer.ts';
import { QuireError } from '../base/errors.ts';
import { createSpecialGuard, type SpecialGuard } from './special-guard.ts';
import type { Tokenizer } from './tokenizer.ts';
import type { TextPlace } from './vocabulary.ts';

export interface RenderOptions {
  /** end with what begins an answer; true by default */
  readonly addGenerationPrompt?: boolean;
}

export interface ChatEncodeOptions extends RenderOptions {
  /** what is encoded already: when the rendering starts with its text, only the rest is tokenized */
  readonly previous?: ChatEncoding;
}

export interface ChatTemplate {
  /** The rendering as a text. Throws `bad_chat_template` with what the template says. */
  render(messages: readonly ChatMessage[], options?: RenderOptions): string;
  /** The rendering and its ids, BOS first where the model wants it. Throws as `render` does. */
  encode(messages: readonly ChatMessage[], options?: ChatEncodeOptions): ChatEncoding;
}

/** Throws `bad_chat_template` when `source` is not valid jinja. */
export function createChatTemplate(source: string, tokenizer: Tokenizer): ChatTemplate {
  const template = parse(source);
  const [eosId] = tokenizer.eosIds;
  const names = {
    bos_token: tokenizer.bosId === undefined ? '' : tokenizer.piece(tokenizer.bosId),
    eos_token: eosId === undefined ? '' : tokenizer.piece(eosId),
  };
  const render: ChatTemplate['render'] = (messages, { addGenerationPrompt = true } = {}) =>
    run(template, { ...names, messages, add_generation_prompt: addGenerationPrompt });
  return {
    render,
    encode(messages, { previous, ...options } = {}) {
      const contents = messages.map(({ content }) => content);
      const guard = createSpecialGuard(tokenizer.specialTokens.keys(), [source, ...contents]);
      const guarded = messages.map((message) => ({ ...message, content: guard.guard(message.content) }));
      return encodeRendering(tokenizer, guard, render(guarded, options), previous);
    },
  };
}

function parse(source: string): Template {
  try {
    return new Template(source);
  } catch (error) {
    throw badTemplate('is not valid jinja', error);
  }
}

function run(template: Template, values: Record<string, unknown>): string {
  try {
    return template.render(values);
  } catch (error) {
    throw badTemplate('refuses these messages', error);
  }
}

function badTemplate(what: string, cause: unknown): QuireError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const hint = 'change the messages to what the model was trained on, or use another model';
  return new QuireError('bad_chat_template', `the chat template ${what} (${said})`, hint, { cause });
}

function encodeRendering(
  tokenizer: Tokenizer,
  guard: SpecialGuard,
  marked: string,
  previous: ChatEncoding | undefined,
): ChatEncoding {
  const encode = (text: string, place: TextPlace): number[] =>
    tokenizer.encode(text, { special: 'parse', guard: guard.mark, place });
  const text = marked.replaceAll(guard.mark, '');
  if (previous !== undefined && previous.tokens.length > 0 && text.startsWith(previous.text)) {
    const rest = marked.slice(markedLength(marked, guard.mark, previous.text.length));
    return { text, tokens: [...previous.tokens, ...encode(rest, placeAfter(tokenizer, previous.tokens))] };
  }
  const tokens = encode(marked, 'start');
  // The template may write BOS itself; it must not stand there twice.
  if (tokenizer.addBos && tokenizer.bosId !== undefined && tokens[0] !== tokenizer.bosId) {
    tokens.unshift(tokenizer.bosId);
  }
  return { text, tokens };
}

function placeAfter(tokenizer: Tokenizer, tokens: readonly number[]): TextPlace {
  const last = tokens.at(-1);
  return last !== undefined && tokenizer.isSpecial(last) ? 'after-token' : 'inside';
}

/** Where `length` characters of the text without marks end in the text with them. */
function markedLength(marked: string, mark: string, length: number): number {
  let at = 0;
  for (let clean = 0; clean < length; at++) if (marked.charAt(at) !== mark) clean++;
  return at;
}
