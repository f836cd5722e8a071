// What a program gives to begin a conversation, checked as requests are: nothing is ignored silently.

import { QuireError } from '../base/errors.ts';
import { checkOptionNames, checkText, kindOf } from '../base/option-names.ts';
import type { ConversationCompleter } from './conversation-completer.ts';
import type { ConversationOptions } from './conversation-types.ts';

const OPTIONS = Object.keys({
  system: true,
  contextPolicy: true,
  tools: true,
  documents: true,
  template: true,
  templateOptions: true,
} satisfies Record<keyof ConversationOptions, true>);

/** Raises `bad_option` for what is no engine, such as the promise of one. */
export function checkCompleter(completer: unknown): void {
  const parts = completer as Partial<ConversationCompleter> | null | undefined;
  if (typeof parts?.encodeChat === 'function' && typeof parts.completeTokens === 'function') return;
  const what = `createConversation is given ${kindOf(completer)} for an engine`;
  throw new QuireError('bad_option', what, 'give what `await loadEngine()` returns');
}

/** Raises `unknown_option`, and `bad_option` for a system message or a title that is no text. */
export function checkConversationOptions(given: object, more: readonly string[], where: string): void {
  checkOptionNames(given, [...OPTIONS, ...more], where);
  const options = new Map(Object.entries(given));
  for (const name of ['system', 'title'])
    if (options.get(name) !== undefined) checkText(name, options.get(name));
}
