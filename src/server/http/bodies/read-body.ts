// A JSON body against its schema. A bad value is refused with what the parameter takes; what becomes of names is said in
// request-fields.ts.

import { z } from 'zod';
import { QuireError } from '../../../base/errors.ts';
import { parameterError } from '../errors/parameter-error.ts';
import {
  asksNothing,
  effectiveFields,
  NO_OTHER_FIELDS,
  type OtherFields,
  type RequestFields,
} from './request-fields.ts';

/** A parameter that may be left out; null means the same, because clients send it for what they do not set. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** A body that was read, and the names that it had without effect. */
export interface ReadRequest<Asked> {
  readonly asked: Asked;
  readonly ignored: readonly string[];
}

export interface BodyFields extends OtherFields {
  /** names of the schema that say something even when they are empty */
  readonly meantEmpty: readonly string[];
  /** fields of parameters that are objects */
  readonly nested?: Readonly<Record<string, RequestFields>>;
}

/** Raises `bad_message`, `not_supported`, `unknown_option` or `bad_option`, with the parameter at fault. */
export function readBody<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  body: unknown,
): z.output<z.ZodObject<Shape>> {
  const meantEmpty = Object.keys(schema.shape);
  return readRequest(schema, body, { ...NO_OTHER_FIELDS, meantEmpty }).asked;
}

/** The same for a route that other programs' clients use, which send more than it has. */
export function readRequest<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  body: unknown,
  fields: BodyFields,
): ReadRequest<z.output<z.ZodObject<Shape>>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new QuireError(
      'bad_message',
      'the body is not a JSON object',
      'send an object as application/json',
    );
  }
  const ignored = new Set<string>();
  const ignore = (name: string): unknown => ignored.add(name);
  const kept = effectiveFields(
    body,
    { honoured: Object.keys(schema.shape), ...fields },
    { before: '', ignore },
  );
  for (const [name, inner] of Object.entries(fields.nested ?? {})) {
    const given = kept[name];
    if (typeof given !== 'object' || given === null || Array.isArray(given)) continue;
    const before = `${name}.`;
    const left = effectiveFields(given, inner, { before, ignore: (one) => ignore(before + one) });
    if (asksNothing(left)) delete kept[name];
    else kept[name] = left;
  }
  const parsed = schema.safeParse(kept);
  if (!parsed.success) throw refusal(parsed.error.issues[0]!, schema);
  return { asked: parsed.data, ignored: [...ignored] };
}

function refusal(issue: z.core.$ZodIssue, schema: z.ZodObject): QuireError {
  const root = String(issue.path[0] ?? '');
  const param = issue.path.map(String).join('.').slice(0, 100);
  if (issue.code === 'unrecognized_keys') {
    const name = `${param === '' ? '' : `${param}.`}${(issue.keys[0] ?? '').slice(0, 64)}`;
    return parameterError(
      'unknown_option',
      name,
      `the parameter "${name}" is not known`,
      hintFor(root, schema),
    );
  }
  const what = `"${param}" is not valid (${issue.message.slice(0, 120)})`;
  return parameterError('bad_option', param, what, hintFor(root, schema));
}

function hintFor(name: string, schema: z.ZodObject): string {
  const description = Object.hasOwn(schema.shape, name)
    ? z.globalRegistry.get(schema.shape[name]!)?.description
    : undefined;
  return description === undefined ? 'see /openapi.json' : `it takes ${description}`;
}
