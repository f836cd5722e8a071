// A JSON body against its schema. Nothing that a client sends is ignored: what is not offered yet is refused by its
// name, what is not known with the nearest name that is, and a bad value with what the parameter takes.

import { z } from 'zod';
import { QuireError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';
import { ParameterError } from './parameter-error.ts';

/** A parameter that may be left out; null means the same, because clients send it for what they do not set. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** Names that clients know and this server does not offer, each with what to do instead. */
export type RefusedNames = Readonly<Record<string, string>>;

/** Raises `bad_message`, `not_supported`, `unknown_option` or `bad_option`, with the parameter at fault. */
export function readBody<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  body: unknown,
  refused: RefusedNames = {},
): z.output<z.ZodObject<Shape>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new QuireError(
      'bad_message',
      'the body is not a JSON object',
      'send an object as application/json',
    );
  }
  const entries = Object.entries(body).filter(
    ([name, value]) => !(value === null && Object.hasOwn(refused, name)),
  );
  for (const [name] of entries) checkName(name, '', Object.keys(schema.shape), refused);
  const parsed = schema.safeParse(Object.fromEntries(entries));
  if (!parsed.success) throw refusal(parsed.error.issues[0]!, schema);
  return parsed.data;
}

/** @param before the path to the object that has the name, with a dot at its end */
export function checkName(
  name: string,
  before: string,
  known: readonly string[],
  refused: RefusedNames = {},
): void {
  if (known.includes(name)) return;
  const param = before + name.slice(0, 64);
  const shown = JSON.stringify(param);
  if (Object.hasOwn(refused, name)) {
    throw new ParameterError('not_supported', param, `${shown} is not offered`, refused[name]!);
  }
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean "${nearest}"?`;
  throw new ParameterError('unknown_option', param, `the parameter ${shown} is not known`, hint);
}

function refusal(issue: z.core.$ZodIssue, schema: z.ZodObject): QuireError {
  const root = String(issue.path[0] ?? '');
  const param = issue.path.map(String).join('.').slice(0, 100);
  if (issue.code === 'unrecognized_keys') {
    const name = `${param === '' ? '' : `${param}.`}${(issue.keys[0] ?? '').slice(0, 64)}`;
    return new ParameterError(
      'unknown_option',
      name,
      `the parameter "${name}" is not known`,
      hintFor(root, schema),
    );
  }
  const what = `"${param}" is not valid (${issue.message.slice(0, 120)})`;
  return new ParameterError('bad_option', param, what, hintFor(root, schema));
}

function hintFor(name: string, schema: z.ZodObject): string {
  const description = Object.hasOwn(schema.shape, name)
    ? z.globalRegistry.get(schema.shape[name]!)?.description
    : undefined;
  return description === undefined ? 'see /openapi.json' : `it takes ${description}`;
}
