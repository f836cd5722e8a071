// The architectures whose configuration Quire can read, in every format.

import { QuireError } from '../base/errors.ts';

export const ARCHITECTURES = ['llama', 'mistral', 'qwen2', 'qwen3', 'gpt2'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** `name` when it is supported; throws `unknown_architecture` with the ones that are. */
export function checkArchitecture(source: string, name: unknown): Architecture {
  const found = ARCHITECTURES.find((architecture) => architecture === name);
  if (found !== undefined) return found;
  const what =
    typeof name === 'string'
      ? `${source}: architecture ${name} is not known`
      : `${source} names no architecture`;
  throw new QuireError('unknown_architecture', what, `use a model of ${ARCHITECTURES.join(', ')}`);
}
