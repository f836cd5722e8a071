// The names of models in requests.

import { QuireError } from '../base/errors.ts';
import { escapeControls } from '../base/printable.ts';

const NAME_PATTERN = /^[A-Za-z0-9._-]{1,64}$/;

/** Throws `bad_option` for a name that is not valid in requests. */
export function checkModelName(name: string): void {
  if (NAME_PATTERN.test(name)) return;
  const message = `${escapeControls(name.slice(0, 80))} is not a valid model name`;
  throw new QuireError('bad_option', message, 'use 1 to 64 letters, digits, dots, hyphens and underscores');
}

/** Returns the name of a model that was given by a path or a reference to a hub. */
export function labelOf(reference: string): string {
  if (reference.startsWith('hf:')) return reference.slice(3);
  const fileName = reference.split(/[\\/]/).findLast((part) => part !== '' && part !== '.') ?? reference;
  return fileName.replace(/\.gguf$/i, '');
}
