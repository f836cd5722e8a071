// Checks the arguments of a new conversation: unknown options are refused, not ignored.

import { QuireError } from '../base/errors.ts';
import { checkOptionNames, checkString, kindOf } from '../base/option-names.ts';
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

/** Throws `bad_option` when `completer` is not a completer, for example a promise of an engine. */
export function checkCompleter(completer: unknown): void {
  const parts = completer as Partial<ConversationCompleter> | null | undefined;
  if (typeof parts?.encodeChat === 'function' && typeof parts.completeTokens === 'function') return;
  const what = `createConversation needs an engine, got ${kindOf(completer)}`;
  throw new QuireError('bad_option', what, 'pass the result of `await loadEngine()`');
}

/** Throws `unknown_option`, or `bad_option` when `system` or `title` is not a string. */
export function checkConversationOptions(given: object, more: readonly string[], where: string): void {
  checkOptionNames(given, [...OPTIONS, ...more], where);
  const options = new Map(Object.entries(given));
  for (const name of ['system', 'title'])
    if (options.get(name) !== undefined) checkString(name, options.get(name));
}
