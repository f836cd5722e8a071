// Parses the value of the option `serve --model [NAME=]REFERENCE`.

export interface NamedModel {
  readonly name: string | undefined;
  readonly reference: string;
}

/**
 * Splits the text into name and reference. A name has at most 64 characters and contains no slash, so that `./a=b.gguf` is a
 * reference without a name.
 */
export function readModelName(text: string): NamedModel {
  const [, name, reference] = /^([A-Za-z0-9._-]{1,64})=(.+)$/s.exec(text) ?? [];
  return name === undefined || reference === undefined
    ? { name: undefined, reference: text }
    : { name, reference };
}
