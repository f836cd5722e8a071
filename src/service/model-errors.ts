// Errors of requests whose model is not loaded.

import { QuireError } from '../base/errors.ts';

export const notLoadedError = (name: string): QuireError =>
  new QuireError('model_unloaded', `the model ${name} is not loaded`, 'load the model, or use another model');

/** Returns a function that creates the error when needed, because an error created earlier would keep the model in memory. */
export const notLoadedErrorFactory = (name: string) => (): QuireError => notLoadedError(name);

/** Replaces the engine's `disposed` error for a request whose model was unloaded before it started. */
export const asUnloadedError = (error: QuireError): QuireError =>
  error.code === 'disposed'
    ? new QuireError(
        'model_unloaded',
        'the model was unloaded before the request started',
        'load the model, or use another model',
        {
          cause: error,
        },
      )
    : error;
