// Metrics for Prometheus. If vLLM has the same metric, the metric has the same name as in vLLM, so that dashboards for vLLM
// work. The names of other metrics start with `quire_`. The engine counts requests, so requests of the chat socket are included.

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { FinishReason } from '../../../completion/generation.ts';
import type { ModelMonitor } from '../../../completion/model-info.ts';
import type { RequestEnd, RequestTimes } from '../../../completion/request-observer.ts';

const MODEL_LABELS = ['model_name'];

// Buckets in seconds: those of vLLM, and smaller buckets for small models.
const FIRST_TOKEN_BUCKETS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
  2560,
];
const BETWEEN_TOKENS_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5,
  10, 20, 40, 80,
];
const REQUEST_BUCKETS = [
  0.005, 0.01, 0.05, 0.1, 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960,
  1920, 7680,
];

const FINISHED_REASONS: Readonly<Record<FinishReason, string>> = {
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
  readonly #generatedTokens = this.#counter('vllm:generation_tokens_total', 'Generated tokens');
  readonly #computedTokens = this.#counter('quire_computed_tokens_total', 'Tokens that the model computed');
  readonly #endedRequests = this.#counter('vllm:request_success_total', 'Completed and cancelled requests', [
    'finished_reason',
  ]);
  readonly #failedRequests = this.#counter('quire_request_failures_total', 'Failed and rejected requests');
  readonly #firstTokenTime = this.#secondsHistogram(
    'time_to_first_token',
    'Time from a request to its first token',
    FIRST_TOKEN_BUCKETS,
  );
  readonly #tokenGap = this.#secondsHistogram(
    'inter_token_latency',
    'Time between two tokens of an answer',
    BETWEEN_TOKENS_BUCKETS,
  );
  readonly #totalTime = this.#secondsHistogram(
    'e2e_request_latency',
    'Time from a request to its end',
    REQUEST_BUCKETS,
  );
  readonly #queueTime = this.#secondsHistogram(
    'request_queue_time',
    'Time from a request to its first step',
    REQUEST_BUCKETS,
  );
  readonly #prefillTime = this.#secondsHistogram(
    'request_prefill_time',
    'Time from the first step to the first token',
    REQUEST_BUCKETS,
  );
  readonly #decodeTime = this.#secondsHistogram(
    'request_decode_time',
    'Time from the first token to the last',
    REQUEST_BUCKETS,
  );
  readonly #responses = new Counter({
    name: 'quire_http_responses_total',
    help: 'HTTP responses',
    labelNames: ['method', 'route', 'status'],
    registers: [this.registry],
  });

  constructor() {
    this.#addGauges();
  }

  /** @param route the registered route pattern instead of the path, so that the number of label values is small */
  countResponse(method: string, route: string, status: number): void {
    this.#responses.inc({ method, route, status });
  }

  /**
   * Records the metrics of a model under the name `model`. The returned function stops recording: the counters of the model stay,
   * and its gauges are removed.
   */
  watch(monitor: ModelMonitor | undefined, model: string): () => void {
    if (monitor === undefined) return () => undefined;
    const labels = { model_name: model };
    this.#monitors.set(model, monitor);
    for (const reason of Object.values(FINISHED_REASONS))
      this.#endedRequests.inc({ ...labels, finished_reason: reason }, 0);
    const unsubscribe = monitor.observe({
      onToken: (gapMs) => this.#tokenGap.observe(labels, gapMs / 1000),
      onEnd: (end, times) => this.#recordEnd(end, times, labels),
      onEmbedding: ({ promptTokens, cachedTokens, computedTokens }) => {
        this.#promptTokens.inc(labels, promptTokens);
        this.#prefixQueries.inc(labels, promptTokens);
        this.#prefixHits.inc(labels, cachedTokens);
        this.#computedTokens.inc(labels, computedTokens);
      },
    });
    return () => {
      unsubscribe();
      if (this.#monitors.get(model) === monitor) this.#monitors.delete(model);
    };
  }

  #recordEnd(end: RequestEnd, times: RequestTimes, labels: { readonly model_name: string }): void {
    if (!('result' in end)) {
      this.#failedRequests.inc(labels);
      return;
    }
    const { promptTokens, cachedTokens, generatedTokens, computedTokens, finishReason } = end.result;
    this.#endedRequests.inc({ ...labels, finished_reason: FINISHED_REASONS[finishReason] });
    this.#promptTokens.inc(labels, promptTokens);
    this.#prefixQueries.inc(labels, promptTokens);
    this.#prefixHits.inc(labels, cachedTokens);
    this.#generatedTokens.inc(labels, generatedTokens);
    this.#computedTokens.inc(labels, computedTokens);
    this.#totalTime.observe(labels, times.totalMs / 1000);
    this.#queueTime.observe(labels, times.queueMs / 1000);
    if (generatedTokens === 0) return;
    this.#firstTokenTime.observe(labels, (times.queueMs + times.prefillMs) / 1000);
    this.#prefillTime.observe(labels, times.prefillMs / 1000);
    this.#decodeTime.observe(labels, times.decodeMs / 1000);
  }

  // The gauges are read from all loaded models at the time of a scrape.
  #addGauges(): void {
    const gauge = (name: string, help: string, value: (monitor: ModelMonitor) => number): void => {
      const metric: Gauge = new Gauge({
        name,
        help,
        labelNames: MODEL_LABELS,
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
    this.#addKvBytes();
    this.#addCacheEvents();
  }

  #addKvBytes(): void {
    const gauge = new Gauge({
      name: 'quire_kv_bytes',
      help: 'KV memory by kind; a layer group stores all tokens or a window of the last tokens',
      labelNames: [...MODEL_LABELS, 'kind', 'keeps'],
      registers: [this.registry],
      collect: () => {
        gauge.reset();
        for (const [model, { kvUsage }] of this.#monitors) {
          for (const { window, layers: _, ...bytes } of kvUsage.groups) {
            const storedLabel = window === undefined ? 'all' : `window ${window}`;
            for (const [name, count] of Object.entries(bytes))
              gauge.inc({ model_name: model, kind: name.replace(/Bytes$/, ''), keeps: storedLabel }, count);
          }
        }
      },
    });
  }

  #addCacheEvents(): void {
    const counter = new Counter({
      name: 'quire_cache_events_total',
      help: 'Events of the KV cache',
      labelNames: [...MODEL_LABELS, 'kind'],
      registers: [this.registry],
      collect: () => {
        counter.reset(); // the events of the engine are totals
        for (const [model, { counters }] of this.#monitors)
          for (const [kind, count] of Object.entries(counters.events))
            counter.inc({ model_name: model, kind }, count);
      },
    });
  }

  #counter(name: string, help: string, extraLabels: readonly string[] = []): Counter {
    return new Counter({
      name,
      help,
      labelNames: [...MODEL_LABELS, ...extraLabels],
      registers: [this.registry],
    });
  }

  #secondsHistogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({
      name: `vllm:${name}_seconds`,
      help: `${help}, in seconds`,
      labelNames: MODEL_LABELS,
      buckets,
      registers: [this.registry],
    });
  }
}
