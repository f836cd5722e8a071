// What `serve --model [NAME=]REFERENCE` says.

export interface NamedModel {
  readonly name: string | undefined;
  readonly reference: string;
}

/** A name is short and has no slash, so that a path with an equals sign stays one: `./a=b.gguf`. */
export function readModelName(text: string): NamedModel {
  const [, name, reference] = /^([A-Za-z0-9._-]{1,64})=(.+)$/s.exec(text) ?? [];
  return name === undefined || reference === undefined
    ? { name: undefined, reference: text }
    : { name, reference };
}
