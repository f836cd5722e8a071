// A body as /openapi.json describes it: the schema that validates, and what is taken besides.

import { z } from 'zod';
import type { OtherFields } from '../bodies/request-fields.ts';

export function documentedBody(schema: z.ZodObject, { ignored, refused }: OtherFields): z.ZodObject {
  const without = Object.entries(ignored).map(([name, why]) => [name, described(`has no effect: ${why}`)]);
  const neutral = Object.entries(refused)
    .filter(([, one]) => one.neutral.length > 0)
    .map(([name, one]) => [name, described(`only ${listed(one.neutral)}`)]);
  return schema.extend(Object.fromEntries([...without, ...neutral]));
}

/** Values as documents show them. */
export const listed = (values: readonly unknown[]): string =>
  values.map((value) => JSON.stringify(value)).join(', ');

const described = (text: string): z.ZodType => z.unknown().optional().describe(text);
