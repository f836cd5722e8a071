// Writes native/src/operations.h from the table of operations and the enumerations that TypeScript and C++ count alike:
// node tools/run.js tools/native/operations-header.ts

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ENUMERATIONS } from '../../src/kernels/native/enumerations.ts';
import type { Leaf } from '../../src/program/fields.ts';
import { type Operand, operandsOf } from '../../src/program/operands.ts';
import { OPERATION_KINDS, type OperationKind } from '../../src/program/operations.ts';

export const HEADER_FILE = fileURLToPath(new URL('../../native/src/operations.h', import.meta.url));

/** The contents of the file. */
export function operationsHeader(): string {
  const structs = OPERATION_KINDS.map((kind) => structName(kind));
  const fieldCounts = OPERATION_KINDS.map((kind) => operandsOf(kind).length);
  return [
    '// Operations, each with its fields as a tape has them, and the enumerations that TypeScript counts alike. Made by',
    '// tools/native/operations-header.ts from src/program/operations.ts: change the table, then make this file again.',
    '#pragma once',
    '#include <cstddef>',
    '#include <cstdint>',
    '',
    'namespace quire {',
    '',
    ...Object.entries(ENUMERATIONS).map(([name, names]) => enumeration(name, names)),
    '',
    'constexpr int32_t ABSENT = -1;  // an optional field that is not there',
    '',
    ...OPERATION_KINDS.map(struct),
    'template <class... Fields> struct OpList {};',
    wrapped(`using AllOps = OpList<${structs.join(', ')}>;`),
    '',
    ...FIELD,
    `constexpr int SIZES = ${Math.max(...OPERATION_KINDS.map((kind) => sizesOf(kind).length))};  // at most in an operation`,
    `constexpr int OP_WORDS = ${Math.max(...fieldCounts)}, LEAST_OP_WORDS = ${Math.min(...fieldCounts)};  // besides its kind`,
    '',
    ...OPERATION_KINDS.map(fieldTable),
    '',
    'struct OpRow {',
    '  const char* name;',
    '  const Field* fields;',
    '  int count;',
    '};',
    '',
    '/** By kind. */',
    'constexpr OpRow OPERATIONS[] = {',
    ...OPERATION_KINDS.map((kind, i) => `    {"${kind}", ${upper(kind)}_FIELDS, ${fieldCounts[i]}},`),
    '};',
    'static_assert(sizeof OPERATIONS / sizeof *OPERATIONS == (size_t)OpKind::COUNT);',
    ...OPERATION_KINDS.map(
      (kind, i) => `static_assert(sizeof(${structName(kind)}) == ${fieldCounts[i]} * sizeof(int32_t));`,
    ),
    '',
    '}  // namespace quire',
    '',
  ].join('\n');
}

const FIELD = [
  'enum class FieldType : int32_t { INPUT, OUTPUT, MATRIX, VECTOR, INTEGER, FLOAT, CHOICE, ROPE };',
  '',
  '/** What the word of a field may be, and which sizes of an operation must agree. */',
  'struct Field {',
  '  const char* name;',
  '  FieldType type;',
  '  bool optional = false;                   // may be ABSENT',
  '  bool floats = false, quantized = false;  // what a value may be',
  '  bool updated = false;                    // a value that is written to as well',
  '  bool inPlace = false;                    // a value where the output may lie too',
  '  int32_t from = 0, to = 0;                // of an integer or a choice',
  '  // Numbers of sizes, -1 where there are no more: rows and one or two factors of the width, rows and columns, a length,',
  '  // the head that a rope must fit, what an integer gives. 0 and 1 are tokens and rows of logits.',
  '  int8_t sizes[3] = {-1, -1, -1};',
  '};',
  '',
];

/** `rmsNorm`: RMS_NORM */
const upper = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();

const structName = (kind: OperationKind): string => `${kind[0]!.toUpperCase()}${kind.slice(1)}Op`;

const enumeration = (name: string, names: readonly string[]): string =>
  wrapped(`enum class ${name} : int32_t { ${[...names.map(upper), 'COUNT'].join(', ')} };`);

function struct(kind: OperationKind): string {
  const fields = operandsOf(kind).map(({ name, field }) => {
    const declared = `${field.type === 'choice' ? field.enumeration : field.type === 'float' ? 'float' : 'int32_t'} ${name};`;
    const about = meaning(field);
    return `  ${declared}${about === '' ? '' : `  // ${about}`}`;
  });
  const head = [`struct ${structName(kind)} {`, `  static constexpr OpKind KIND = OpKind::${upper(kind)};`];
  return [...head, ...fields, '};', ''].join('\n');
}

function meaning(field: Leaf): string {
  const absent = field.optional === true ? ' or ABSENT' : '';
  switch (field.type) {
    case 'input':
    case 'output':
      return `${field.dtypes.join(' or ')} [${field.shape.join(', ')}]${absent}`;
    case 'weight':
      return `weight [${field.shape.join(', ')}]${absent}`;
    case 'rope':
      return `rope of ${field.shape[0]}${absent}`;
    case 'integer':
      return `${field.from} to ${field.to}${absent}`;
    default:
      return '';
  }
}

/** Names of an operation's sizes by their numbers. */
function sizesOf(kind: OperationKind): readonly string[] {
  const named = operandsOf(kind).flatMap(({ field }) => ('shape' in field ? factors(field.shape) : []));
  return [...new Set(['T', 'R', ...named])];
}

const factors = (shape: readonly string[]): string[] => shape.flatMap((size) => size.split('*'));

function fieldTable(kind: OperationKind): string {
  const sizes = sizesOf(kind);
  const rows = operandsOf(kind).map((operand) => `    {${facts(operand, sizes).join(', ')}},`);
  return [`constexpr Field ${upper(kind)}_FIELDS[] = {`, ...rows, '};'].join('\n');
}

function facts({ name, field }: Operand, sizes: readonly string[]): string[] {
  const numbers = ('shape' in field ? factors(field.shape) : [name]).map((size) => sizes.indexOf(size));
  const [first = -1, second = -1, third = -1] = numbers;
  const flag = (label: string, holds: boolean): string[] => (holds ? [`.${label} = true`] : []);
  return [
    `.name = "${name}"`,
    `.type = FieldType::${fieldType(field)}`,
    ...flag('optional', field.optional === true),
    ...('dtypes' in field ? flag('floats', field.dtypes.includes('f32')) : []),
    ...('dtypes' in field ? flag('quantized', field.dtypes.includes('q8')) : []),
    ...('memory' in field ? flag('updated', field.memory === 'updated') : []),
    ...('memory' in field ? flag('inPlace', field.memory === 'in place') : []),
    ...(field.type === 'integer' ? [`.from = ${field.from}, .to = ${field.to}`] : []),
    ...(field.type === 'choice' ? [`.to = (int32_t)${field.enumeration}::COUNT - 1`] : []),
    ...(first < 0 ? [] : [`.sizes = {${first}, ${second}, ${third}}`]),
  ];
}

const fieldType = (field: Leaf): string =>
  field.type === 'weight' ? (field.shape.length === 2 ? 'MATRIX' : 'VECTOR') : field.type.toUpperCase();

/** Lines of at most 120 characters. */
const wrapped = (line: string): string =>
  line.length <= 120
    ? line
    : `${line.slice(0, line.lastIndexOf(' ', 116))}\n    ${wrapped(line.slice(line.lastIndexOf(' ', 116) + 1))}`;

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(HEADER_FILE, operationsHeader());
