// For commands that need a chat template: reports a missing one before the weights are loaded.

import { defined } from '../base/defined.ts';
import { noChatTemplate } from '../completion/no-chat-template.ts';
import { openTokenizer } from '../formats/node/open-model.ts';
import type { ModelFlags } from './model-options.ts';
import { modelPathWithProgress } from './model-path.ts';

/** Rejects with `no_chat_template`, or with the error of a model file. */
export async function requireTemplate({ model, offline }: ModelFlags): Promise<void> {
  const path = await modelPathWithProgress(model, defined({ offline }));
  const { chatTemplates } = await openTokenizer(path);
  if (chatTemplates === undefined) throw noChatTemplate(model);
}
