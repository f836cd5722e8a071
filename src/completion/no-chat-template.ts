import { QuireError } from '../base/errors.ts';

/** A chat was asked of a model that completes texts alone. */
export const noChatTemplate = (model: string): QuireError =>
  new QuireError(
    'no_chat_template',
    `the model ${model} has no chat template`,
    'use a chat model, or give a raw prompt',
  );
