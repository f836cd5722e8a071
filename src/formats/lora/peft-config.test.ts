import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { readPeftConfig } from './peft-config.ts';

const read = (config: JsonObject) => readPeftConfig('adapter_config.json', { peft_type: 'LORA', ...config });

describe('readPeftConfig', () => {
  it.each([
    [{}, 8 / 4],
    [{ lora_alpha: 6 }, 6 / 4],
    [{ lora_alpha: 6, use_rslora: true }, 6 / 2],
    [{ lora_alpha: 6, alpha_pattern: { k_proj: 2, q_proj: 12, 'layers.0.q_proj': 5 } }, 12 / 4],
    [{ modules_to_save: [], bias: 'none', use_dora: false, layer_replication: null }, 8 / 4],
  ])('returns the scale with %j', (config, scale) => {
    expect(read(config as JsonObject).scaleOf('model.layers.0.q_proj', 4)).toBe(scale);
  });

  it.each([
    [{ peft_type: 'IA3' }, /peft_type = "IA3"/],
    [{ use_dora: true }, /use_dora.*DoRA/],
    [{ modules_to_save: ['lm_head'] }, /modules_to_save/],
    [{ trainable_token_indices: [1] }, /trainable_token_indices/],
    [{ target_parameters: ['x'] }, /target_parameters/],
    [{ layer_replication: [[0, 2]] }, /layer_replication/],
    [{ lora_bias: true }, /lora_bias/],
    [{ bias: 'all' }, /bias = "all"/],
    [{ lora_alpha: 'x' }, /lora_alpha = "x"/],
    [{ lora_alpha: Number.NaN }, /lora_alpha/],
    [{ alpha_pattern: { q_proj: 'x' } }, /alpha_pattern q_proj/],
    [{ alpha_pattern: { '(a+)+$': 1 } }, /pattern "\(a\+\)\+\$"/],
    [{ alpha_pattern: [1] }, /alpha_pattern/],
  ])('rejects %j', (config, message) => {
    expect(() => read(config as unknown as JsonObject)).toThrow(
      expect.objectContaining({ code: 'bad_adapter', message: expect.stringMatching(message) }),
    );
  });
});
