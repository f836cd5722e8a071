// Parses JSON bodies. A body is first checked for valid UTF-8, because decoding would replace invalid bytes without an error,
// and for the limits on values and nesting (json-shape.ts).
//
// An empty body counts as no body, whatever Content-Type says: some clients send the header with DELETE requests.

import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { QuireError } from '../../../base/errors.ts';
import { finishInSlices } from '../../../base/steps.ts';
import { HttpError } from '../errors/error-response.ts';
import { checkShapeSteps } from './json-shape.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** maximum number of values in a body; by default MAX_BODY_VALUES */
    readonly maxBodyValues?: number;
  }
}

type Parser = ReturnType<FastifyInstance['getDefaultJsonParser']>;

export function installJsonParser(app: FastifyInstance): void {
  const parser = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      if (body.length === 0) return undefined;
      checkEncoding(request, body);
      const { maxBodyValues } = request.routeOptions.config;
      await finishInSlices(
        checkShapeSteps(body, maxBodyValues === undefined ? {} : { values: maxBodyValues }),
      );
      return parse(parser, request, body.toString());
    },
  );
}

function checkEncoding({ headers }: FastifyRequest, body: Buffer): void {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^(utf-?8|(us-)?ascii|)$/i.test(charset)) {
    const message = `the charset ${JSON.stringify(charset.slice(0, 64))} is not supported`;
    throw new HttpError(415, message, 'send JSON as UTF-8');
  }
  if (!isUtf8(body)) throw new QuireError('bad_message', 'the body is not valid UTF-8', 'send JSON as UTF-8');
}

async function parse(parser: Parser, request: FastifyRequest, text: string): Promise<unknown> {
  try {
    return await new Promise((resolve, reject) => {
      const parsed = parser(request, text, (error, value) => (error ? reject(error) : resolve(value)));
      Promise.resolve(parsed).catch(reject);
    });
  } catch (error) {
    throw new QuireError('bad_message', describeJsonError(text), 'send one JSON object', { cause: error });
  }
}

// Fastify's parser reports that a text is invalid, but not where, so the text is parsed again for the message.
function describeJsonError(text: string): string {
  try {
    JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    return `the body is not valid JSON (${(error as Error).message.slice(0, 120)})`;
  }
  return 'the body has a key "__proto__", or "prototype" in "constructor", which is not allowed';
}
