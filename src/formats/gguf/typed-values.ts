// Creates metadata values together with their types in a GGUF.

import type { TypedValue } from './writer.ts';

export const u32 = (value: number): TypedValue => ({ type: 'uint32', value });
export const f32 = (value: number): TypedValue => ({ type: 'float32', value });
export const flag = (value: boolean): TypedValue => ({ type: 'bool', value });
export const text = (value: string): TypedValue => ({ type: 'string', value });
export const flags = (value: readonly boolean[]): TypedValue => ({ type: 'array', of: 'bool', value });
export const texts = (value: readonly string[]): TypedValue => ({ type: 'array', of: 'string', value });
export const int32s = (value: ArrayLike<number>): TypedValue => ({ type: 'array', of: 'int32', value });
export const f32s = (value: ArrayLike<number>): TypedValue => ({ type: 'array', of: 'float32', value });
