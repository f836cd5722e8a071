// The fields that chat and text completions share in responses and chunks.

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ReadyModel } from '../../../service/model-registry.ts';

export const finishReasonSchema = z.enum(['stop', 'length']);

export const headShape = {
  id: z.string(),
  created: z.int().describe('Unix time in seconds'),
  model: z.string(),
  system_fingerprint: z.string().describe('identifies everything that can change a bit of an answer'),
};

/** @param idPrefix `chatcmpl` or `cmpl` */
export function responseHead({ name, completer: { info } }: ReadyModel, idPrefix: string) {
  return {
    id: `${idPrefix}-${randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model: name,
    system_fingerprint: `fp_${(info.fingerprint ?? info.model).slice(0, 16)}`,
  };
}
