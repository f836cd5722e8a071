// Checks the arguments of a new conversation. Unknown options are rejected, not ignored.

import { QuireError } from '../base/errors.ts';
import { checkOptionNames, checkString, describeType } from '../base/option-names.ts';
import type { ConversationCompleter } from './conversation-completer.ts';
import type { ConversationOptions } from './conversation-types.ts';

const OPTION_NAMES = Object.keys({
  system: true,
  contextPolicy: true,
  tools: true,
  documents: true,
  template: true,
  templateOptions: true,
} satisfies Record<keyof ConversationOptions, true>);

/** Throws `bad_option` if `completer` is not a completer, but for example a promise of an engine. */
export function checkCompleter(completer: unknown): void {
  const candidate = completer as Partial<ConversationCompleter> | null | undefined;
  if (typeof candidate?.encodeChat === 'function' && typeof candidate.completeTokens === 'function') return;
  const message = `createConversation needs an engine, got ${describeType(completer)}`;
  throw new QuireError('bad_option', message, 'pass the result of `await loadEngine()`');
}

/**
 * Throws `unknown_option` for an option that is not allowed, or `bad_option` if `system` or `title` is not a string.
 * @param additionalNames names that are allowed besides those of ConversationOptions
 * @param where what the options belong to, for the error message
 */
export function checkConversationOptions(
  given: object,
  additionalNames: readonly string[],
  where: string,
): void {
  checkOptionNames(given, [...OPTION_NAMES, ...additionalNames], where);
  const options = new Map(Object.entries(given));
  for (const name of ['system', 'title'])
    if (options.get(name) !== undefined) checkString(name, options.get(name));
}
