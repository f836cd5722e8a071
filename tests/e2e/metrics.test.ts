// /metrics has vLLM's metric names and counts requests over HTTP and over the chat socket.

import { expect, test } from 'vitest';
import { ChatClient } from '../support/server/chat-client.ts';
import { postJson } from '../support/server/http-calls.ts';
import { startTinyServer } from '../support/server/tiny-server.ts';

const NAMES = [
  'vllm:num_requests_running',
  'vllm:num_requests_waiting',
  'vllm:kv_cache_usage_perc',
  'vllm:prefix_cache_queries_total',
  'vllm:prefix_cache_hits_total',
  'vllm:prompt_tokens_total',
  'vllm:generation_tokens_total',
  'vllm:request_success_total',
  ...[
    'time_to_first_token',
    'inter_token_latency',
    'e2e_request_latency',
    'request_queue_time',
    'request_prefill_time',
    'request_decode_time',
  ].flatMap((name) => ['bucket', 'sum', 'count'].map((part) => `vllm:${name}_seconds_${part}`)),
];

test('metrics have vLLM’s names and count every request', async () => {
  const tiny = await startTinyServer();
  const samples = async (): Promise<Map<string, number>> => {
    const text = await (await fetch(`${tiny.url}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
    );
  };
  const label = `model_name="${tiny.engine.info.model}"`;
  for (let times = 0; times < 2; times++) {
    await postJson(`${tiny.url}/v1/chat/completions`, {
      messages: [{ role: 'user', content: 'count me' }],
      max_tokens: 4,
      temperature: 0,
    });
  }
  const chat = await ChatClient.open(tiny.url);
  await chat.ask('and me', { options: { maxTokens: 4, temperature: 0 } });
  await chat.close();
  const after = await samples();
  for (const name of NAMES) {
    expect([...after.keys()].filter((key) => key.startsWith(`${name}{`) && key.includes(label))).not.toEqual(
      [],
    );
  }
  const value = (name: string, more = ''): number | undefined => after.get(`${name}{${label}${more}}`);
  const ended = ['stop', 'length', 'abort'].map((reason) =>
    value('vllm:request_success_total', `,finished_reason="${reason}"`),
  );
  expect(ended[0]! + ended[1]!).toBe(3);
  expect(ended[2]).toBe(0);
  expect(value('vllm:e2e_request_latency_seconds_count')).toBe(3);
  expect(value('vllm:prefix_cache_hits_total')).toBeGreaterThan(0);
  expect(value('vllm:prefix_cache_queries_total')).toBe(value('vllm:prompt_tokens_total'));
  const generated = value('vllm:generation_tokens_total')!;
  expect(value('vllm:inter_token_latency_seconds_count')).toBe(generated - 3);
  expect(value('vllm:num_requests_running')).toBe(0);
  expect(value('vllm:kv_cache_usage_perc')).toBe(0);
  expect(value('quire_kv_bytes', ',kind="total",keeps="all"')).toBe(tiny.engine.info.kvBytes);
  expect(
    after.get('quire_http_responses_total{method="POST",route="/v1/chat/completions",status="200"}'),
  ).toBe(2);
  expect(after.get('quire_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0);
  expect(after.get('quire_event_loop_turn_cpu_seconds_count')).toBeGreaterThanOrEqual(0);
  await tiny.stop();
});
