// Checks that a model has a chat template, for commands that need one. The check runs before the weights are loaded.

import { omitUndefined } from '../base/omit-undefined.ts';
import { noChatTemplateError } from '../completion/no-chat-template-error.ts';
import { openTokenizer } from '../formats/node/open-model.ts';
import type { ModelFlags } from './model-options.ts';
import { baseModelPath } from './model-path.ts';

/** Rejects with `no_chat_template` if the model has no chat template, or with the error of a model file. */
export async function requireChatTemplate({ model, offline }: ModelFlags): Promise<void> {
  const path = await baseModelPath(model, omitUndefined({ offline }));
  const { chatTemplates } = await openTokenizer(path);
  if (chatTemplates === undefined) throw noChatTemplateError(model);
}
