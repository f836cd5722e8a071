// The response header that lists the request fields without effect, so that clients learn which fields were ignored.

import type { FastifyReply } from 'fastify';
import type { ModelRegistry, ReadyModel } from '../../../service/model-registry.ts';
import { withAdapter } from '../../../service/ready-model.ts';
import type { ParsedRequest } from './read-body.ts';

export const IGNORED_HEADER = 'x-quire-ignored';

interface ModelParameters {
  readonly model?: string | undefined;
  /** name of an adapter of the model */
  readonly adapter?: string | undefined;
}

/**
 * Returns the model that serves a request, and sets the header of ignored fields on the response. Throws the errors of
 * `ModelRegistry.find` and `withAdapter`.
 */
export function selectModel(
  reply: FastifyReply,
  models: ModelRegistry,
  { parameters: { model, adapter }, ignored }: ParsedRequest<ModelParameters>,
): ReadyModel {
  const foundModel = withAdapter(models.find(model), adapter);
  // A server with a single model uses it for any value of `model`. If the value is not its name, `model` was ignored.
  const ignoredFields = models.isName(model) ? ignored : ['model', ...ignored];
  // The names of the fields are constants of Quire, so they are valid in a header.
  if (ignoredFields.length > 0) reply.header(IGNORED_HEADER, ignoredFields.join(', '));
  return foundModel;
}
