// String methods that test the characters of a string by Unicode properties as Python does.

import { trimLikePython } from '../../white-space.ts';
import { bindPositional } from '../values/arguments.ts';
import { isPrintable } from '../values/str.ts';
import { CASED_LETTER } from './string-case.ts';
import type { StringMethod } from './string-method.ts';

// Checking one character costs as much as scanning this number of characters.
const SCAN_COST = 8;

const predicateMethod = (name: string, test: (text: string) => boolean): readonly [string, StringMethod] => [
  name,
  (text, args, state) => {
    bindPositional(name, [], args);
    state.budget.allocate(text.length);
    state.budget.scan(SCAN_COST * text.length);
    return test(state.clean(text));
  },
];

const patternMethod = (name: string, pattern: RegExp): readonly [string, StringMethod] =>
  predicateMethod(name, (text) => pattern.test(text));

// Digits that are not decimal, such as superscripts.
const DIGITS =
  '\\xb2\\xb3\\xb9\\u{1369}-\\u{1371}\\u{19da}\\u{2070}\\u{2074}-\\u{2079}\\u{2080}-\\u{2089}\\u{2460}-\\u{2468}\\u{2474}-\\u{247c}\\u{2488}-\\u{2490}\\u{24ea}\\u{24f5}-\\u{24fd}\\u{24ff}\\u{2776}-\\u{277e}\\u{2780}-\\u{2788}\\u{278a}-\\u{2792}\\u{10a40}-\\u{10a43}\\u{10e60}-\\u{10e68}\\u{11052}-\\u{1105a}\\u{1f100}-\\u{1f10a}';
// Letters that are numerals, such as Chinese numerals.
const NUMERALS =
  '\\u{3405}\\u{3483}\\u{382a}\\u{3b4d}\\u{4e00}\\u{4e03}\\u{4e07}\\u{4e09}\\u{4e5d}\\u{4e8c}\\u{4e94}\\u{4e96}\\u{4ebf}-\\u{4ec0}\\u{4edf}\\u{4ee8}\\u{4f0d}\\u{4f70}\\u{5104}\\u{5146}\\u{5169}\\u{516b}\\u{516d}\\u{5341}\\u{5343}-\\u{5345}\\u{534c}\\u{53c1}-\\u{53c4}\\u{56db}\\u{58f1}\\u{58f9}\\u{5e7a}\\u{5efe}-\\u{5eff}\\u{5f0c}-\\u{5f0e}\\u{5f10}\\u{62fe}\\u{634c}\\u{67d2}\\u{6f06}\\u{7396}\\u{767e}\\u{8086}\\u{842c}\\u{8cae}\\u{8cb3}\\u{8d30}\\u{9621}\\u{9646}\\u{964c}\\u{9678}\\u{96f6}\\u{f96b}\\u{f973}\\u{f978}\\u{f9b2}\\u{f9d1}\\u{f9d3}\\u{f9fd}\\u{20001}\\u{20064}\\u{200e2}\\u{20121}\\u{2092a}\\u{20983}\\u{2098c}\\u{2099c}\\u{20aea}\\u{20afd}\\u{20b19}\\u{22390}\\u{22998}\\u{23b1b}\\u{2626d}\\u{2f890}';

export const isLower = (text: string): boolean =>
  /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text);

export const isUpper = (text: string): boolean =>
  /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text);

function isTitle(text: string): boolean {
  let isInWord = false;
  let hasWord = false;
  for (const character of text) {
    const isUpperOrTitle = /[\p{Uppercase}\p{Lt}]/u.test(character);
    if (isUpperOrTitle ? isInWord : CASED_LETTER.test(character) && !isInWord) return false;
    isInWord = isUpperOrTitle || CASED_LETTER.test(character);
    hasWord ||= isInWord;
  }
  return hasWord;
}

export const PREDICATE_METHODS: readonly (readonly [string, StringMethod])[] = [
  patternMethod('isdecimal', /^\p{Nd}+$/u),
  patternMethod('isdigit', new RegExp(`^[\\p{Nd}${DIGITS}]+$`, 'u')),
  patternMethod('isnumeric', new RegExp(`^[\\p{N}${NUMERALS}]+$`, 'u')),
  patternMethod('isalpha', /^\p{L}+$/u),
  patternMethod('isalnum', new RegExp(`^[\\p{L}\\p{N}${NUMERALS}]+$`, 'u')),
  patternMethod('isascii', /^\p{ASCII}*$/u),
  predicateMethod('isspace', (text) => text !== '' && trimLikePython(text) === ''),
  patternMethod('isidentifier', /^[\p{XID_Start}_]\p{XID_Continue}*$/u),
  predicateMethod('isprintable', isPrintable),
  predicateMethod('islower', isLower),
  predicateMethod('isupper', isUpper),
  predicateMethod('istitle', isTitle),
];
