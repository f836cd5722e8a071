// Answers as one body, or as server-sent events while they are generated. A failure in mid-stream is an event too;
// `[DONE]` is always last.

import type { FastifyReply } from 'fastify';
import { isFault, type QuireError } from '../../../base/errors.ts';
import type { GenerationResult } from '../../../completion/generation.ts';
import { errorBody, faultLine } from '../../http/errors/http-errors.ts';
import { noteResults } from '../../http/logs/request-notes.ts';
import { SseStream } from '../../http/responses/sse-stream.ts';
import type { ApiContext } from '../../http/server-context.ts';
import type { Answers } from './answers.ts';
import type { CommonParameters } from './common-parameters.ts';
import { cacheReportOf, usageOf } from './usage.ts';
import type { AnswerForm } from './wire-format.ts';

export interface Response {
  readonly answers: Answers;
  readonly form: AnswerForm;
  readonly asked: CommonParameters;
  readonly context: ApiContext;
  readonly reply: FastifyReply;
  /** what a body has besides, and the chunk with the last `finish_reason` */
  readonly more?: object;
}

/** The body, when all answers are complete. */
export async function wholeBody({ answers, form, asked, reply, more = {} }: Response): Promise<object> {
  const results = await answers.results();
  noteResults(reply.request, results);
  return {
    ...form.whole,
    choices: results.flat().map((result, index) => form.choice(index, result)),
    usage: usageOf(results),
    ...(asked.cache_report === true ? { cache_report: cacheReportOf(results) } : {}),
    ...more,
  };
}

/** The stream to reply with; it goes on by itself until the answers end or nobody reads it. */
export function eventStream(response: Response): SseStream['body'] {
  const sse = new SseStream(response.context.sse);
  response.reply.header('content-type', 'text/event-stream');
  response.reply.header('cache-control', 'no-cache');
  response.reply.header('x-accel-buffering', 'no'); // proxies must not collect events
  run(response, sse).catch((error: Error) => sse.body.destroy(error)); // the reader sees its stream cut
  return sse.body;
}

async function run(response: Response, sse: SseStream): Promise<void> {
  const { answers, reply } = response;
  try {
    const results = answers.byPrompt(await sendAnswers(response, sse));
    noteResults(reply.request, results);
    if (response.asked.stream_options?.include_usage === true) {
      await sse.send({ ...response.form.chunk, choices: [], usage: usageOf(results) });
    }
  } catch (thrown) {
    const error: QuireError = answers.end(thrown);
    reply.request.notes.error = error.code;
    if (isFault(error)) response.context.log(faultLine(reply.request, error));
    await sse.send(errorBody(error));
  }
  await sse.send('[DONE]');
  sse.end();
}

async function sendAnswers(response: Response, sse: SseStream): Promise<GenerationResult[]> {
  const { answers, form, asked } = response;
  const nulls = asked.stream_options?.include_usage === true ? { usage: null } : {};
  const send = (choice: object | undefined, more: object = {}): Promise<void> =>
    choice === undefined
      ? Promise.resolve()
      : sse.send({ ...form.chunk, choices: [choice], ...nulls, ...more });
  for (const index of answers.streams.keys()) await send(form.opening(index));
  const ended: GenerationResult[] = [];
  const follow = async (index: number): Promise<void> => {
    const stream = answers.streams[index]!;
    for await (const text of stream) await send(form.piece(index, text, answers.takeLogprobs(index)));
    const result = await stream.result;
    ended[index] = result;
    const last = Object.keys(ended).length === answers.streams.length;
    const report = (): object => ({
      cache_report: cacheReportOf(answers.byPrompt(ended)),
    });
    const cache = last && asked.cache_report === true ? report() : {};
    const ending = form.ending(index, result.finishReason, answers.takeLogprobs(index));
    await send(ending, { ...cache, ...(last ? response.more : {}) });
  };
  await Promise.all(answers.streams.map((_, index) => follow(index)));
  return ended;
}
