// /metrics uses the metric names of vLLM and counts requests over HTTP and over the chat socket.

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

test('/metrics uses the metric names of vLLM and counts every request', async () => {
  const tiny = await startTinyServer();
  const readSamples = async (): Promise<Map<string, number>> => {
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
  const samples = await readSamples();
  for (const name of NAMES) {
    expect(
      [...samples.keys()].filter((key) => key.startsWith(`${name}{`) && key.includes(label)),
    ).not.toEqual([]);
  }
  const sampleOf = (name: string, extraLabels = ''): number | undefined =>
    samples.get(`${name}{${label}${extraLabels}}`);
  const endedCounts = ['stop', 'length', 'abort'].map((reason) =>
    sampleOf('vllm:request_success_total', `,finished_reason="${reason}"`),
  );
  expect(endedCounts[0]! + endedCounts[1]!).toBe(3);
  expect(endedCounts[2]).toBe(0);
  expect(sampleOf('vllm:e2e_request_latency_seconds_count')).toBe(3);
  expect(sampleOf('vllm:prefix_cache_hits_total')).toBeGreaterThan(0);
  expect(sampleOf('vllm:prefix_cache_queries_total')).toBe(sampleOf('vllm:prompt_tokens_total'));
  const generated = sampleOf('vllm:generation_tokens_total')!;
  expect(sampleOf('vllm:inter_token_latency_seconds_count')).toBe(generated - 3);
  expect(sampleOf('vllm:num_requests_running')).toBe(0);
  expect(sampleOf('vllm:kv_cache_usage_perc')).toBe(0);
  expect(sampleOf('quire_kv_bytes', ',kind="total",keeps="all"')).toBe(tiny.engine.info.kvBytes);
  expect(
    samples.get('quire_http_responses_total{method="POST",route="/v1/chat/completions",status="200"}'),
  ).toBe(2);
  expect(samples.get('quire_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0);
  expect(samples.get('quire_event_loop_turn_cpu_seconds_count')).toBeGreaterThanOrEqual(0);
  await tiny.stop();
});
