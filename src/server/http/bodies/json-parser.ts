// How a JSON body is read: its encoding and its shape are looked at in its bytes, then it is parsed. Other bytes than UTF-8
// are refused, because they would be read as another text than the one that was sent.
//
// A body that is empty is none, whatever its header says: clients name a kind of body for requests that have none (DELETE).

import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { QuireError } from '../../../base/errors.ts';
import { finishInSlices } from '../../../base/steps.ts';
import { HttpError } from '../errors/http-errors.ts';
import { shapeSteps } from './json-shape.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** values that a body may hold; as of all when absent */
    readonly mostValues?: number;
  }
}

type Parser = ReturnType<FastifyInstance['getDefaultJsonParser']>;

export function installJsonBodies(app: FastifyInstance): void {
  const parser = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      if (body.length === 0) return undefined;
      checkEncoding(request, body);
      const { mostValues } = request.routeOptions.config;
      await finishInSlices(shapeSteps(body, mostValues === undefined ? {} : { values: mostValues }));
      return parse(parser, request, body.toString());
    },
  );
}

function checkEncoding({ headers }: FastifyRequest, body: Buffer): void {
  const named = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(headers['content-type'] ?? '')?.[1];
  if (named !== undefined && !/^(utf-?8|(us-)?ascii|)$/i.test(named)) {
    const what = `the body has the charset ${JSON.stringify(named.slice(0, 64))}`;
    throw new HttpError(415, what, 'send JSON as UTF-8');
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
    throw new QuireError('bad_message', complaint(text), 'send one JSON object', { cause: error });
  }
}

// Fastify says that it is not valid, and not where.
function complaint(text: string): string {
  try {
    JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    return `the body is not valid JSON (${(error as Error).message.slice(0, 120)})`;
  }
  return 'the body has the name "__proto__", or "prototype" in "constructor"';
}
