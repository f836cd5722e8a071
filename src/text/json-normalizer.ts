// The normalizer of a tokenizer.json: what is done to a text before it is cut into words.

import type { JsonObject, JsonValue } from '../base/tokenizer-data.ts';
import { flag, isObject, objectsIn, typeOf, unsupported } from './json-access.ts';
import { translatePattern } from './oniguruma.ts';
import type { TextPlace } from './vocabulary.ts';

export type Normalize = (text: string, place: TextPlace) => string;

/** Throws `unsupported_tokenizer` for a kind that is not known. */
export function createNormalize(node: JsonValue | undefined): Normalize {
  if (!isObject(node)) return (text) => text;
  switch (node.type) {
    case 'Sequence': {
      const steps = objectsIn(node.normalizers).map(createNormalize);
      return (text, place) => steps.reduce((current, step) => step(current, place), text);
    }
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = node.type;
      return (text) => text.normalize(form);
    }
    case 'Lowercase':
      return (text) => text.toLowerCase();
    case 'StripAccents':
      return (text) => text.replace(/\p{Mn}/gu, '');
    case 'Strip':
      return strip(node);
    case 'Replace':
      return replace(node);
    case 'Prepend':
      return prepend(node);
    default:
      throw unsupported(`normalizer ${typeOf(node)}`);
  }
}

function strip(node: JsonObject): Normalize {
  const left = flag(node.strip_left, true) ? /^\p{White_Space}+/u : undefined;
  const right = flag(node.strip_right, true) ? /\p{White_Space}+$/u : undefined;
  return (text) => {
    const rest = left === undefined ? text : text.replace(left, '');
    return right === undefined ? rest : rest.replace(right, '');
  };
}

function replace(node: JsonObject): Normalize {
  const pattern = translatePattern(node.pattern);
  const content = typeof node.content === 'string' ? node.content : '';
  // A function, because $ has a meaning in a string.
  return (text) => text.replace(pattern, () => content);
}

// A prefix belongs to the start of a text, never to its middle.
function prepend(node: JsonObject): Normalize {
  const prefix = typeof node.prepend === 'string' ? node.prepend : '';
  return (text, place) => (place === 'inside' || text === '' ? text : prefix + text);
}
