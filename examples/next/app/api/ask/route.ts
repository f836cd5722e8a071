// Streams the answer to a question.

import { createConversation, type Engine, loadEngine } from 'quire-llm';

export const dynamic = 'force-dynamic';

let loading: Promise<Engine> | undefined;

export async function GET(request: Request): Promise<Response> {
  const question = new URL(request.url).searchParams.get('question') ?? '';
  loading ??= loadEngine({ model: 'embedded' }); // once for all requests
  const conversation = createConversation(await loading);
  const stream = conversation.send(question, { temperature: 0, signal: request.signal });
  return new Response(bodyOf(stream), { headers: { 'content-type': 'text/plain; charset=utf-8' } });
}

function bodyOf(pieces: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream({
    pull: async (controller) => {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: async () => {
      await iterator.return?.();
    },
  });
}
