// POST /v1/embeddings: the vectors of texts or token ids.

import type { FastifyInstance } from 'fastify';
import { omitUndefined } from '../../../base/omit-undefined.ts';
import { isEmbedder, notAnEmbedderError } from '../../../completion/embedder.ts';
import { saltFor } from '../../../service/cache-salt.ts';
import { selectModel } from '../../http/bodies/ignored-header.ts';
import { readRequest } from '../../http/bodies/read-body.ts';
import { setLogTexts } from '../../http/logs/request-log-fields.ts';
import { documentedBody } from '../../http/openapi/documented-body.ts';
import type { RouteDescription } from '../../http/openapi/route-description.ts';
import { jsonStream, StreamedList } from '../../http/responses/json-stream.ts';
import type { ServerContext } from '../../http/server-context.ts';
import { checkPriority } from '../openai/common-parameters.ts';
import { EMBEDDING_FIELDS } from '../openai/compatibility-fields.ts';
import { embeddingRequestSchema, embeddingResponseSchema } from './embedding-request.ts';

const EMBEDDINGS: RouteDescription = {
  summary: 'Compute the embeddings of texts',
  tag: 'embeddings',
  body: documentedBody(embeddingRequestSchema, EMBEDDING_FIELDS),
  responses: {
    200: {
      description: 'a vector for each text',
      content: { 'application/json': embeddingResponseSchema },
    },
  },
  errors: [400, 401, 403, 404, 413, 429, 500, 503],
};

export function embeddingsRoute(app: FastifyInstance, context: ServerContext): void {
  const config = { api: EMBEDDINGS, countsAsRequest: true };
  app.post('/v1/embeddings', { config }, async (request, reply) => {
    const parsed = readRequest(embeddingRequestSchema, request.body, EMBEDDING_FIELDS);
    const { input, user, encoding_format, dimensions, priority, cache_salt } = parsed.parameters;
    const { name, completer } = selectModel(reply, context.models, parsed);
    if (!isEmbedder(completer)) throw notAnEmbedderError(completer.info.model);
    const { signal } = context.drain.signalFor(reply);
    setLogTexts(request, user, Array.isArray(input) ? (input as (string | number[])[]) : [input]);
    const cacheSalt = saltFor({ keyId: request.keyId, cacheSalt: cache_salt, ...context });
    checkPriority(priority, completer.info);
    const lease = context.limits.acquire(request.keyId, 1);
    try {
      const result = await completer.embed(input, {
        ...omitUndefined({ cacheSalt, dimensions, priority }),
        signal,
        onPrompt: (promptTokens) => lease.spend(promptTokens),
      });
      const format = encoding_format === 'base64' ? toBase64 : toNumbers;
      const data = result.vectors.map((vector, index) => ({ index, vector }));
      const { promptTokens: prompt_tokens, cachedTokens: cached_tokens } = result;
      return reply.type('application/json; charset=utf-8').send(
        jsonStream({
          object: 'list',
          data: new StreamedList(
            data,
            ({ index, vector }) => ({ object: 'embedding', index, embedding: format(vector) }),
            VECTORS_PER_CHUNK,
          ),
          model: name,
          usage: { prompt_tokens, total_tokens: prompt_tokens, prompt_tokens_details: { cached_tokens } },
        }),
      );
    } finally {
      lease.end();
    }
  });
}

const VECTORS_PER_CHUNK = 16;

const toNumbers = (vector: Float32Array): number[] => Array.from(vector);

function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(4 * vector.length);
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, 4 * i);
  return bytes.toString('base64');
}
