// Sends choices as one JSON body after generation, or as server-sent events during generation. An error during a stream is sent
// as an event; `[DONE]` is always the last event.

import type { FastifyReply } from 'fastify';
import { isFault } from '../../../base/errors.ts';
import type { GenerationResult } from '../../../completion/generation.ts';
import { errorBody } from '../../http/errors/error-response.ts';
import { faultLine } from '../../http/logs/fault-log.ts';
import { setLogResults } from '../../http/logs/request-log-fields.ts';
import { SseStream } from '../../http/responses/sse-stream.ts';
import type { ServerContext } from '../../http/server-context.ts';
import type { Choices } from './choices.ts';
import type { CommonParameters } from './common-parameters.ts';
import { cacheReportOf, usageOf } from './usage.ts';
import type { WireFormat } from './wire-format.ts';

export interface CompletionResponse {
  readonly choices: Choices;
  readonly format: WireFormat;
  readonly parameters: CommonParameters;
  readonly context: ServerContext;
  readonly reply: FastifyReply;
  /** further fields of the body, or of the chunk with the last `finish_reason` */
  readonly extra?: object;
}

/** Sends the response. Async handlers must return the result. */
export async function sendResponse(response: CompletionResponse): Promise<object> {
  if (response.parameters.stream !== true) return responseBody(response);
  return response.reply.send(eventStream(response));
}

/** Returns the response body after all choices have ended. */
async function responseBody(response: CompletionResponse): Promise<object> {
  const { choices, format, parameters, reply, extra = {} } = response;
  const results = await choices.results();
  setLogResults(reply.request, results);
  return {
    ...format.responseHead,
    choices: results.flat().map((result, index) => format.choice(index, result)),
    usage: usageOf(results),
    ...(parameters.cache_report === true ? { cache_report: cacheReportOf(results) } : {}),
    ...extra,
  };
}

/** Returns a stream to which events are written until the choices end or the client disconnects. */
function eventStream(response: CompletionResponse): SseStream['body'] {
  const sse = new SseStream(response.context.sse);
  response.reply.header('content-type', 'text/event-stream');
  response.reply.header('cache-control', 'no-cache');
  response.reply.header('x-accel-buffering', 'no'); // proxies must not buffer events
  writeEvents(response, sse).catch((error: Error) => sse.body.destroy(error)); // the client receives an incomplete stream
  return sse.body;
}

async function writeEvents(response: CompletionResponse, sse: SseStream): Promise<void> {
  const { choices, reply } = response;
  try {
    const results = choices.groupByPrompt(await sendChunks(response, sse));
    setLogResults(reply.request, results);
    if (response.parameters.stream_options?.include_usage === true) {
      await sse.send({ ...response.format.chunkHead, choices: [], usage: usageOf(results) });
    }
  } catch (thrown) {
    const error = choices.cancel(thrown);
    reply.request.logFields.error = error.code;
    if (isFault(error)) response.context.log(faultLine(reply.request, error));
    await sse.send(errorBody(error));
  }
  await sse.send('[DONE]');
  sse.end();
}

async function sendChunks(response: CompletionResponse, sse: SseStream): Promise<GenerationResult[]> {
  const { choices, format, parameters } = response;
  const usage = parameters.stream_options?.include_usage === true ? { usage: null } : {};
  const send = async (choice: object | undefined, extra: object = {}): Promise<void> => {
    if (choice !== undefined) await sse.send({ ...format.chunkHead, choices: [choice], ...usage, ...extra });
  };
  for (const index of choices.streams.keys()) await send(format.firstChunk(index));
  const results: GenerationResult[] = [];
  const sendChoice = async (index: number): Promise<void> => {
    const stream = choices.streams[index]!;
    for await (const text of stream) await send(format.textChunk(index, text, choices.takeLogprobs(index)));
    const result = await stream.result;
    results[index] = result;
    const isLast = Object.keys(results).length === choices.streams.length; // the array is sparse until all choices have ended
    const chunk = format.lastChunk(index, result.finishReason, choices.takeLogprobs(index));
    await send(chunk, isLast ? lastChunkFields(response, results) : {});
  };
  await Promise.all(choices.streams.map((_, index) => sendChoice(index)));
  return results;
}

function lastChunkFields(
  { choices, parameters, extra = {} }: CompletionResponse,
  results: readonly GenerationResult[],
): object {
  if (parameters.cache_report !== true) return extra;
  return { cache_report: cacheReportOf(choices.groupByPrompt(results)), ...extra };
}
