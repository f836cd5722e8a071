// Errors of an engine that is used in the wrong state.

import { QuireError } from '../base/errors.ts';

export const unknownStreamError = (): QuireError =>
  new QuireError(
    'bad_option',
    'this stream was not created by this engine',
    'pass a stream that generate or a complete method returned; for a conversation, call its fork method',
  );

export const alreadyFinishedError = (): QuireError =>
  new QuireError(
    'already_finished',
    'the generation has already finished',
    'send its tokens as a new request; they are cached',
  );

export const noHeadError = (model: string): QuireError =>
  new QuireError(
    'not_supported',
    `${model} is an embedding model without an output head and cannot generate text`,
    'use embed, or the model from which it was made',
  );

export const disposedError = (): QuireError =>
  new QuireError('disposed', 'the engine was disposed', 'load it again');
