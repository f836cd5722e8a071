// The first look at a body, before it is parsed: how many things it holds and how deep. Parsing makes an object for each, and
// a schema another for each that is wrong, so four megabytes of `{},` would cost more than a gigabyte and a second; here
// they are counted in the text, and the count ends at the limit. Whether it is JSON is the parser's to say.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { QuireError } from '../base/errors.ts';
import {
  DEEPEST_BODY,
  MOST_BODY_NUMBERS,
  MOST_BODY_VALUES,
  MOST_DETOKENIZED,
  MOST_IMPORTED_VALUES,
} from './limits.ts';

export interface ShapeLimits {
  /** texts, lists, objects and what else is no number; names of fields do not count */
  readonly values: number;
  readonly numbers: number;
  readonly depth: number;
}

const BODY: ShapeLimits = { values: MOST_BODY_VALUES, numbers: MOST_BODY_NUMBERS, depth: DEEPEST_BODY };
const OF_ROUTES: Readonly<Record<string, ShapeLimits>> = {
  '/conversations/import': { ...BODY, values: MOST_IMPORTED_VALUES },
  '/detokenize': { ...BODY, numbers: MOST_DETOKENIZED },
};

/** Every JSON body is looked at before it is parsed. */
export function installBodyShape(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request: FastifyRequest, text, done) => {
      try {
        checkShape(text, OF_ROUTES[request.routeOptions.url ?? '']);
      } catch (error) {
        return done(error as QuireError);
      }
      parse(request, text, done);
    },
  );
}

const [QUOTE, BACKSLASH, COLON, MINUS] = ['"', '\\', ':', '-'].map((one) => one.charCodeAt(0));
const [OBJECT, OBJECT_END, LIST, LIST_END] = ['{', '}', '[', ']'].map((one) => one.charCodeAt(0));
const [ZERO, NINE] = ['0', '9'].map((one) => one.charCodeAt(0)) as [number, number];

/**
 * Raises `bad_message` for a text of too many values or too deep. Numbers are counted by themselves, because token ids
 * are many. Looks at each character once, and at none beyond the limit.
 */
export function checkShape(text: string, limits: ShapeLimits = BODY, what = 'body'): void {
  let values = 0;
  let numbers = 0;
  let depth = 0;
  let inWord = false; // a number or a literal has begun
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const goesOn = inWord && isOfWord(code);
    inWord = isOfWord(code);
    if (goesOn) continue;
    if (code === COLON)
      values--; // the text before it was a name
    else if (code === OBJECT_END || code === LIST_END) depth--;
    else if (isOfNumber(code)) {
      if (++numbers > limits.numbers) throw tooMany(what, limits.numbers, 'numbers');
    } else if (inWord || code === QUOTE || code === OBJECT || code === LIST) {
      // A name may stand where the last value did.
      if (++values > limits.values + 1) throw tooMany(what, limits.values, 'values');
      if (code === QUOTE) at = endOfText(text, at);
      else if (!inWord && ++depth > limits.depth) throw tooDeep(what, limits.depth);
    }
  }
  if (values > limits.values) throw tooMany(what, limits.values, 'values');
}

const isOfNumber = (code: number): boolean => (code >= ZERO && code <= NINE) || code === MINUS;

// Letters, digits, signs and points: what numbers and literals consist of.
const isOfWord = (code: number): boolean =>
  isOfNumber(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 43 || code === 46;

/** Where the quote stands that ends the text which begins at `from`. */
function endOfText(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((at - before) % 2 === 1) return at;
  }
  return text.length;
}

const tooMany = (what: string, most: number, things: string): QuireError =>
  new QuireError('bad_message', `the ${what} holds more than ${most} ${things}`, 'send less at a time');

const tooDeep = (what: string, most: number): QuireError =>
  new QuireError('bad_message', `the ${what} is nested more than ${most} deep`, 'send it flat');
