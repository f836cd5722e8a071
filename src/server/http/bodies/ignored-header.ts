// The response header that names what a request had without effect, so that nothing is ignored silently.

import type { FastifyReply } from 'fastify';
import type { ModelRegistry, ReadyModel } from '../../../service/model-registry.ts';
import type { ReadRequest } from './read-body.ts';

export const IGNORED_HEADER = 'x-quire-ignored';

/** The model that answers a request, whose response names what had no effect. Raises what `find` does. */
export function answeringModel(
  reply: FastifyReply,
  models: ModelRegistry,
  { asked, ignored }: ReadRequest<{ readonly model?: string | undefined }>,
): ReadyModel {
  const model = models.find(asked.model);
  const names = models.isName(asked.model) ? ignored : ['model', ...ignored];
  // Names of our own tables, which a header can carry.
  if (names.length > 0) reply.header(IGNORED_HEADER, names.join(', '));
  return model;
}
