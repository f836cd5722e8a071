// Bodies that clients compress. They are read as they come, and the limit of a body holds for what comes out: Fastify counts
// that, and ends the reading where it is more, so that a small body cannot become a large one.

import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { QuireError } from '../../../base/errors.ts';
import { HttpError } from '../errors/http-errors.ts';

const DECODERS: Readonly<Record<string, () => Transform>> = {
  br: createBrotliDecompress,
  deflate: createInflate,
  gzip: createGunzip,
  'x-gzip': createGunzip,
};

/** A body as Fastify reads it: it checks the length that was announced against what came over the wire. */
type Body = Readable & { receivedEncodedLength?: number };

export function installCompressedBodies(app: FastifyInstance): void {
  app.addHook('preParsing', async (request, reply, payload: Body) => {
    const encoding = encodingOf(request);
    if (encoding === undefined) return payload;
    const decoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding]!() : undefined;
    if (decoder === undefined) throw unknownEncoding(encoding);
    const decoded: Body = decoder;
    decoded.receivedEncodedLength = 0;
    payload.on('data', (chunk: Buffer) => {
      decoded.receivedEncodedLength! += chunk.length;
    });
    pipeline(payload, decoder, () => undefined); // its end and its failure show in what is read
    reply.raw.once('close', () => decoder.destroy());
    return decoded;
  });
}

// Several encodings on top of each other have a comma, and no decoder here.
function encodingOf({ headers }: FastifyRequest): string | undefined {
  const named = (headers['content-encoding'] ?? '').trim().toLowerCase();
  return named === '' || named === 'identity' ? undefined : named;
}

const unknownEncoding = (encoding: string): QuireError =>
  new HttpError(
    415,
    `the body has the encoding ${JSON.stringify(encoding.slice(0, 64))}`,
    'send it as it is, or with gzip, deflate or br',
  );
