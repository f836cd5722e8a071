import { QuireError } from '../base/errors.ts';

/** Returns the error for a chat request to a model without a chat template. */
export const noChatTemplateError = (model: string): QuireError =>
  new QuireError(
    'no_chat_template',
    `the model ${model} has no chat template`,
    'use a chat model, or send a raw prompt',
  );
