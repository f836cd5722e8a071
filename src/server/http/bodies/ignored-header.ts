// The response header that lists the request fields without effect, so that clients learn which fields were ignored.

import type { FastifyReply } from 'fastify';
import type { ModelRegistry, ReadyModel } from '../../../service/model-registry.ts';
import type { ParsedRequest } from './read-body.ts';

export const IGNORED_HEADER = 'x-quire-ignored';

/**
 * Returns the model that serves a request, and sets the header of ignored fields on the response. Throws the errors of
 * `ModelRegistry.find`.
 */
export function selectModel(
  reply: FastifyReply,
  models: ModelRegistry,
  { parameters: { model }, ignored }: ParsedRequest<{ readonly model?: string | undefined }>,
): ReadyModel {
  const foundModel = models.find(model);
  const names = models.isName(model) ? ignored : ['model', ...ignored];
  // All names come from our own tables, so they are valid in a header.
  if (names.length > 0) reply.header(IGNORED_HEADER, names.join(', '));
  return foundModel;
}
