// Whether the JavaScript engine has the relaxed instructions of WebAssembly, and what they do on this processor.

import { hasWebAssembly, webAssembly } from './web-assembly.ts';

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const F32 = 0x7d;
const I32 = 0x7f;
const RELAXED_MADD = [0xfd, 0x85, 0x02]; // f32x4.relaxed_madd
const RELAXED_DOT = [0xfd, 0x93, 0x02]; // i32x4.relaxed_dot_i8x16_i7x16_add_s
const FIRST_FLOAT = [0xfd, 0x1f, 0x00]; // f32x4.extract_lane 0
const FIRST_INTEGER = [0xfd, 0x1b, 0x00]; // i32x4.extract_lane 0

/**
 * Returns whether a relaxed multiply-add rounds once (`fused`) or twice (`unfused`); undefined if the engine has no relaxed
 * instructions. Their dot product is wrong in Node.js 20, which does not enable them by default.
 */
export function relaxedMultiplyAdd(): 'fused' | 'unfused' | undefined {
  const bytes = [Int8Array.of(-100, 50, 127, -127), Int8Array.of(15, 63, 31, 7)].map((values) => {
    const vector = new Int8Array(16);
    vector.set(values);
    return vector;
  });
  const sum = compute(I32, [...bytes, Int32Array.of(1000, 0, 0, 0)], [...RELAXED_DOT, ...FIRST_INTEGER]);
  if (sum !== 1000 - 100 * 15 + 50 * 63 + 127 * 31 - 127 * 7) return undefined;
  // The product is 1 + 2^-11 + 2^-24. Rounded to f32, it lacks the last term.
  const factor = 1 + 2 ** -12;
  const floats = [factor, factor, -(1 + 2 ** -11)].map((value) => new Float32Array(4).fill(value));
  return compute(F32, floats, [...RELAXED_MADD, ...FIRST_FLOAT]) === 0 ? 'unfused' : 'fused';
}

// Returns the result of instructions for three vectors; undefined if the engine does not have the instructions.
function compute(
  resultType: number,
  vectors: readonly (Int8Array | Int32Array | Float32Array)[],
  instructions: readonly number[],
): number | undefined {
  const constants = vectors.flatMap(({ buffer }) => [0xfd, 0x0c, ...new Uint8Array(buffer)]);
  const body = [0x00, ...constants, ...instructions, 0x0b];
  const type = [0x01, 0x05, 0x01, 0x60, 0x00, 0x01, resultType];
  const functionsAndExport = [0x03, 0x02, 0x01, 0x00, 0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00];
  const code = [0x0a, body.length + 2, 0x01, body.length, ...body];
  const bytes = Uint8Array.from([...HEADER, ...type, ...functionsAndExport, ...code]);
  if (!hasWebAssembly() || !webAssembly.validate(bytes)) return undefined;
  const instance = new webAssembly.Instance(new webAssembly.Module(bytes), {});
  return (instance.exports as { f(): number }).f();
}
