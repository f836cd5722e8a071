// Decompresses request bodies as they arrive. Fastify applies the body limit to the decompressed bytes and stops reading when
// it is exceeded, so a small compressed body cannot expand without bound.

import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { QuireError } from '../../../base/errors.ts';
import { HttpError } from '../errors/error-response.ts';

const DECODERS: Readonly<Record<string, () => Transform>> = {
  br: createBrotliDecompress,
  deflate: createInflate,
  gzip: createGunzip,
  'x-gzip': createGunzip,
};

/** A body stream; Fastify compares `receivedEncodedLength` with Content-Length. */
type Body = Readable & { receivedEncodedLength?: number };

export function installDecompression(app: FastifyInstance): void {
  app.addHook('preParsing', async (request, reply, payload: Body) => {
    const encoding = encodingOf(request);
    if (encoding === undefined) return payload;
    const decoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding]!() : undefined;
    if (decoder === undefined) throw unsupportedEncoding(encoding);
    const decoded: Body = decoder;
    decoded.receivedEncodedLength = 0;
    payload.on('data', (chunk: Buffer) => {
      decoded.receivedEncodedLength! += chunk.length;
    });
    pipeline(payload, decoder, () => undefined); // errors are reported by the decoder, which Fastify reads
    reply.raw.once('close', () => decoder.destroy());
    return decoded;
  });
}

// A list of several encodings contains a comma, so it matches no decoder.
function encodingOf({ headers }: FastifyRequest): string | undefined {
  const encoding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  return encoding === '' || encoding === 'identity' ? undefined : encoding;
}

const unsupportedEncoding = (encoding: string): QuireError =>
  new HttpError(
    415,
    `the Content-Encoding ${JSON.stringify(encoding.slice(0, 64))} is not supported`,
    'send the body uncompressed, or with gzip, deflate or br',
  );
