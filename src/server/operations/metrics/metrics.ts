// Metrics for Prometheus. Those that vLLM has too use its names, so that its dashboards work; the others start with `quire_`.
// Requests are counted in the engine, so requests of the chat socket are included.

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { FinishReason } from '../../../completion/generation.ts';
import type { ModelMonitor } from '../../../completion/model-info.ts';
import type { RequestEnd, RequestTimes } from '../../../completion/request-observer.ts';

const MODEL = ['model_name'];

// Buckets in seconds: those of vLLM, and smaller ones for small models.
const FIRST_TOKEN = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
  2560,
];
const BETWEEN_TOKENS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5,
  10, 20, 40, 80,
];
const REQUEST = [
  0.005, 0.01, 0.05, 0.1, 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960,
  1920, 7680,
];

const REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  length: 'length',
  cancelled: 'abort',
};

export class Metrics {
  readonly registry = new Registry();
  readonly #monitors = new Map<string, ModelMonitor>();
  readonly #prefixQueries = this.#counter(
    'vllm:prefix_cache_queries_total',
    'Prompt tokens that were looked up in the prefix cache',
  );
  readonly #prefixHits = this.#counter(
    'vllm:prefix_cache_hits_total',
    'Prompt tokens that were found in the prefix cache',
  );
  readonly #promptTokens = this.#counter(
    'vllm:prompt_tokens_total',
    'Prompt tokens, including cached tokens',
  );
  readonly #generated = this.#counter('vllm:generation_tokens_total', 'Generated tokens');
  readonly #computed = this.#counter('quire_computed_tokens_total', 'Tokens that the model computed');
  readonly #success = this.#counter('vllm:request_success_total', 'Completed and cancelled requests', [
    'finished_reason',
  ]);
  readonly #failed = this.#counter('quire_request_failures_total', 'Failed and rejected requests');
  readonly #firstToken = this.#seconds(
    'time_to_first_token',
    'Time from a request to its first token',
    FIRST_TOKEN,
  );
  readonly #gap = this.#seconds(
    'inter_token_latency',
    'Time between two tokens of an answer',
    BETWEEN_TOKENS,
  );
  readonly #total = this.#seconds('e2e_request_latency', 'Time from a request to its end', REQUEST);
  readonly #queue = this.#seconds('request_queue_time', 'Time from a request to its first step', REQUEST);
  readonly #prefill = this.#seconds(
    'request_prefill_time',
    'Time from the first step to the first token',
    REQUEST,
  );
  readonly #decode = this.#seconds('request_decode_time', 'Time from the first token to the last', REQUEST);
  readonly #http = new Counter({
    name: 'quire_http_responses_total',
    help: 'HTTP responses',
    labelNames: ['method', 'route', 'status'],
    registers: [this.registry],
  });

  constructor() {
    this.#gauges();
  }

  /** @param route the registered pattern, so that the number of label values is small */
  countResponse(method: string, route: string, status: number): void {
    this.#http.inc({ method, route, status });
  }

  /**
   * Records the metrics of a model under the name `model`. The returned function stops recording: counters stay, and gauges of
   * the model are removed.
   */
  watch(monitor: ModelMonitor | undefined, model: string): () => void {
    if (monitor === undefined) return () => undefined;
    const label = { model_name: model };
    this.#monitors.set(model, monitor);
    for (const reason of Object.values(REASONS)) this.#success.inc({ ...label, finished_reason: reason }, 0);
    const unsubscribe = monitor.observe({
      onToken: (gapMs) => this.#gap.observe(label, gapMs / 1000),
      onEnd: (end, times) => this.#end(end, times, label),
    });
    return () => {
      unsubscribe();
      if (this.#monitors.get(model) === monitor) this.#monitors.delete(model);
    };
  }

  #end(end: RequestEnd, times: RequestTimes, label: { readonly model_name: string }): void {
    if (!('result' in end)) {
      this.#failed.inc(label);
      return;
    }
    const { promptTokens, cachedTokens, generatedTokens, computedTokens, finishReason } = end.result;
    this.#success.inc({ ...label, finished_reason: REASONS[finishReason] });
    this.#promptTokens.inc(label, promptTokens);
    this.#prefixQueries.inc(label, promptTokens);
    this.#prefixHits.inc(label, cachedTokens);
    this.#generated.inc(label, generatedTokens);
    this.#computed.inc(label, computedTokens);
    this.#total.observe(label, times.totalMs / 1000);
    this.#queue.observe(label, times.queueMs / 1000);
    if (generatedTokens === 0) return;
    this.#firstToken.observe(label, (times.queueMs + times.prefillMs) / 1000);
    this.#prefill.observe(label, times.prefillMs / 1000);
    this.#decode.observe(label, times.decodeMs / 1000);
  }

  // Read from all loaded models at the time of a scrape.
  #gauges(): void {
    const gauge = (name: string, help: string, value: (monitor: ModelMonitor) => number): void => {
      const metric: Gauge = new Gauge({
        name,
        help,
        labelNames: MODEL,
        registers: [this.registry],
        collect: (): void => {
          metric.reset();
          for (const [model, monitor] of this.#monitors) metric.set({ model_name: model }, value(monitor));
        },
      });
    };
    gauge('vllm:num_requests_running', 'Running requests', ({ counters }) => counters.running);
    gauge('vllm:num_requests_waiting', 'Waiting requests', ({ counters }) => counters.waiting);
    const help = 'Share of KV memory reserved by running requests, 0 to 1; the maximum of all layer groups';
    gauge('vllm:kv_cache_usage_perc', help, ({ kvUsage }) =>
      Math.max(...kvUsage.groups.map(({ reservedBytes, totalBytes }) => reservedBytes / totalBytes)),
    );
    this.#kvBytes();
    this.#cacheEvents();
  }

  #kvBytes(): void {
    const gauge = new Gauge({
      name: 'quire_kv_bytes',
      help: 'KV memory by kind; a layer group stores all tokens or a window of the last tokens',
      labelNames: [...MODEL, 'kind', 'keeps'],
      registers: [this.registry],
      collect: () => {
        gauge.reset();
        for (const [model, { kvUsage }] of this.#monitors) {
          for (const { window, layers: _, ...bytes } of kvUsage.groups) {
            const stored = window === undefined ? 'all' : `window ${window}`;
            for (const [name, count] of Object.entries(bytes))
              gauge.inc({ model_name: model, kind: name.replace(/Bytes$/, ''), keeps: stored }, count);
          }
        }
      },
    });
  }

  #cacheEvents(): void {
    const counter = new Counter({
      name: 'quire_cache_events_total',
      help: 'Events of the KV cache',
      labelNames: [...MODEL, 'kind'],
      registers: [this.registry],
      collect: () => {
        counter.reset(); // the engine has the totals
        for (const [model, { counters }] of this.#monitors)
          for (const [kind, count] of Object.entries(counters.events))
            counter.inc({ model_name: model, kind }, count);
      },
    });
  }

  #counter(name: string, help: string, more: readonly string[] = []): Counter {
    return new Counter({ name, help, labelNames: [...MODEL, ...more], registers: [this.registry] });
  }

  #seconds(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({
      name: `vllm:${name}_seconds`,
      help: `${help}, in seconds`,
      labelNames: MODEL,
      buckets,
      registers: [this.registry],
    });
  }
}
