// For commands that only converse: says at once that a model has no chat template, before its weights are
// read and before a server listens.

import { noChatTemplate } from '../completion/no-chat-template.ts';
import { openTokenizer } from '../formats/node/open-model.ts';
import type { ModelFlags } from './model-options.ts';
import { modelPathWithProgress } from './model-path.ts';

/** Rejects with `no_chat_template`, or with what is wrong with the model's files. */
export async function requireTemplate({ model, offline }: ModelFlags): Promise<void> {
  const path = await modelPathWithProgress(model, offline === undefined ? {} : { offline });
  const { chatTemplates } = await openTokenizer(path);
  if (chatTemplates === undefined) throw noChatTemplate(model);
}
