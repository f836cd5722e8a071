// Streams the answer to a question.

import { createConversation, type Engine, loadEngine } from 'quire-llm';

export const dynamic = 'force-dynamic';

let loading: Promise<Engine> | undefined;

export async function GET(request: Request): Promise<Response> {
  const question = new URL(request.url).searchParams.get('question') ?? '';
  loading ??= loadEngine({ model: 'embedded' }); // once for all requests
  const conversation = createConversation(await loading);
  const stream = conversation.send(question, { temperature: 0, signal: request.signal });
  return new Response(ReadableStream.from(stream).pipeThrough(new TextEncoderStream()));
}
