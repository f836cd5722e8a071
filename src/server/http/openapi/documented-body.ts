// Creates the schema of a request body for /openapi.json: the schema that validates the body, plus the compatibility fields.

import { z } from 'zod';
import type { CompatibilityFields } from '../bodies/request-fields.ts';

export function documentedBody(schema: z.ZodObject, { ignored, rejected }: CompatibilityFields): z.ZodObject {
  const withoutEffect = Object.entries(ignored).map(([name, reason]) => [
    name,
    describedField(`has no effect: ${reason}`),
  ]);
  const restricted = Object.entries(rejected)
    .filter(([, { acceptedValues }]) => acceptedValues.length > 0)
    .map(([name, { acceptedValues }]) => [name, describedField(`only ${formatValues(acceptedValues)}`)]);
  return schema.extend(Object.fromEntries([...withoutEffect, ...restricted]));
}

/** Formats values for the documentation. */
export const formatValues = (values: readonly unknown[]): string =>
  values.map((value) => JSON.stringify(value)).join(', ');

const describedField = (description: string): z.ZodType => z.unknown().optional().describe(description);
