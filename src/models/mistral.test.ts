import { expect, it } from 'vitest';
import { ministral } from './ministral.ts';
import { mistral } from './mistral.ts';
import { programLines, readConfig } from './tiny-decoder-fixture.ts';

it('mistral has 8 KV heads by default, and as many KV heads as heads if num_key_value_heads is null', () => {
  expect(readConfig(mistral).kvHeads).toBe(8);
  expect(readConfig(mistral, { num_key_value_heads: null }).kvHeads).toBe(32);
});

it('mistral has a window of 4096 tokens in all layers by default, and no window if sliding_window is null', () => {
  const layers = new Array<boolean>(32).fill(true);
  expect(readConfig(mistral).slidingWindow).toEqual({ size: 4096, layers });
  expect(readConfig(mistral, { sliding_window: null }).slidingWindow).toBeUndefined();
});

it.each([mistral, ministral])('$architecture has the window in the layers of layer_types', (family) => {
  const config = { num_hidden_layers: 2, layer_types: ['full_attention', 'sliding_attention'] };
  expect(readConfig(family, config).slidingWindow).toEqual({ size: 4096, layers: [false, true] });
});

it('mistral builds the same program as ministral', () => {
  const window = { slidingWindow: { size: 3, layers: [false, true] }, layers: 2 };
  expect(programLines(mistral, window)).toEqual(programLines(ministral, window));
});
