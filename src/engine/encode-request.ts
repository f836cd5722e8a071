// Tokenizes the prompt of a request: a text, messages or token ids.

import type { ChatMessage } from '../completion/chat-message.ts';
import type { TokenCompleter } from '../completion/completer.ts';
import type { EncodingLimits } from '../completion/token-text.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import {
  checkNoTemplateOption,
  checkRequest,
  type GenerateRequest,
  type PromptRequest,
  systemWithRawError,
} from './requests.ts';

export type RequestEncoder = Pick<TokenCompleter, 'encodeChat' | 'template'> & {
  readonly tokenizer: Tokenizer;
};

/**
 * Returns the token ids of the prompt of a request. Rejects with `unknown_option`, `bad_option`, `no_chat_template`,
 * `context_length_exceeded`, or an error of the template.
 */
export async function encodeRequest(
  request: GenerateRequest,
  encoder: RequestEncoder,
  { holds, signal }: EncodingLimits,
): Promise<readonly number[]> {
  checkRequest(request);
  if ('tokens' in request && request.tokens !== undefined) {
    checkNoTemplateOption(request);
    return request.tokens;
  }
  if ('messages' in request && request.messages !== undefined)
    return (await encoder.encodeChat(request.messages, undefined, { ...request, holds })).tokens;
  const { prompt, system, raw } = request as PromptRequest;
  if (raw === true || encoder.template === undefined) {
    if (system !== undefined) throw systemWithRawError();
    checkNoTemplateOption(request);
    return encoder.tokenizer.encodePromptAsync(prompt, { holds, signal });
  }
  const user = { role: 'user', content: prompt } as const;
  const messages: ChatMessage[] = system === undefined ? [user] : [{ role: 'system', content: system }, user];
  return (await encoder.encodeChat(messages, undefined, { ...request, holds })).tokens;
}
