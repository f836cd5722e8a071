// One of something for each type of keys and values.

import type { KvDtype } from '../../../base/model/kv-layout.ts';

export type ByDtype<T> = Readonly<Record<KvDtype, T>>;

/** Made one after another, f32 first. */
export async function byDtype<T>(of: (type: KvDtype) => Promise<T> | T): Promise<ByDtype<T>> {
  return { f32: await of('f32'), f16: await of('f16'), bf16: await of('bf16'), int8: await of('int8') };
}
