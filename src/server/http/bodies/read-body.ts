// Validates a JSON body against a schema. An error states which values the parameter accepts. request-fields.ts decides which
// fields the schema validates.

import { z } from 'zod';
import { QuireError } from '../../../base/errors.ts';
import { parameterError } from '../errors/parameter-error.ts';
import {
  type CompatibilityFields,
  effectiveFields,
  isEmptyValue,
  NO_COMPATIBILITY_FIELDS,
  type RequestFields,
} from './request-fields.ts';

/** Makes a parameter optional. null counts as absent, because clients send null for parameters that they do not set. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** The validated parameters of a request, and the names of its fields without effect. */
export interface ParsedRequest<Parameters> {
  readonly parameters: Parameters;
  readonly ignored: readonly string[];
}

export interface BodyFields extends CompatibilityFields {
  /** names in the schema whose empty values are meaningful */
  readonly emptyAllowed: readonly string[];
  /** fields of parameters that are objects */
  readonly nested?: Readonly<Record<string, RequestFields>>;
}

/** Throws `bad_message`, `not_supported`, `unknown_option` or `bad_option`; the error names the parameter. */
export function readBody<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  body: unknown,
): z.output<z.ZodObject<Shape>> {
  const emptyAllowed = Object.keys(schema.shape);
  return readRequest(schema, body, { ...NO_COMPATIBILITY_FIELDS, emptyAllowed }).parameters;
}

/** Like `readBody`, for routes of other APIs, whose clients send fields that the schema does not have. */
export function readRequest<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  body: unknown,
  fields: BodyFields,
): ParsedRequest<z.output<z.ZodObject<Shape>>> {
  if (!isObject(body)) {
    const hint = 'send an object as application/json';
    throw new QuireError('bad_message', 'the body is not a JSON object', hint);
  }
  const ignored = new Set<string>();
  const ignore = (name: string): unknown => ignored.add(name);
  const supported = Object.keys(schema.shape);
  const effective = effectiveFields(body, { supported, ...fields }, { prefix: '', ignore });
  for (const [name, inner] of Object.entries(fields.nested ?? {})) {
    const value = effective[name];
    if (!isObject(value)) continue;
    const prefix = `${name}.`;
    const effectiveInner = effectiveFields(value, inner, {
      prefix,
      ignore: (field) => ignore(prefix + field),
    });
    if (isEmptyValue(effectiveInner)) delete effective[name];
    else effective[name] = effectiveInner;
  }
  const parsed = schema.safeParse(effective);
  if (!parsed.success) throw validationError(parsed.error.issues[0]!, schema);
  return { parameters: parsed.data, ignored: [...ignored] };
}

export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function validationError(issue: z.core.$ZodIssue, schema: z.ZodObject): QuireError {
  const hint = hintFor(String(issue.path[0] ?? ''), schema);
  const param = issue.path.map(String).join('.').slice(0, 100);
  if (issue.code === 'unrecognized_keys') {
    const name = `${param === '' ? '' : `${param}.`}${(issue.keys[0] ?? '').slice(0, 64)}`;
    return parameterError('unknown_option', name, `unknown parameter "${name}"`, hint);
  }
  const message = `"${param}" is not valid (${issue.message.slice(0, 120)})`;
  return parameterError('bad_option', param, message, hint);
}

function hintFor(name: string, schema: z.ZodObject): string {
  const description = Object.hasOwn(schema.shape, name)
    ? z.globalRegistry.get(schema.shape[name]!)?.description
    : undefined;
  return description === undefined ? 'see /openapi.json' : `expected ${description}`;
}
