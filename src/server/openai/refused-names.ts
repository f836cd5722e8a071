// Parameters of OpenAI's that clients know and this server does not offer, with what to do instead. They are refused
// by name: an option that is accepted and ignored is worse than one that is refused.

import type { RefusedNames } from '../request-body.ts';

const BOTH: RefusedNames = {
  best_of: 'ask for several answers with "n", and choose',
  guided_json: 'leave it out: structured output is not offered yet',
  guided_regex: 'leave it out: structured output is not offered yet',
  guided_choice: 'leave it out: structured output is not offered yet',
  guided_grammar: 'leave it out: structured output is not offered yet',
  ignore_eos: 'leave it out: an answer ends where the model ends it',
  truncate_prompt_tokens: 'shorten the prompt: nothing is cut silently',
};

export const REFUSED_IN_CHAT: RefusedNames = {
  ...BOTH,
  audio: 'leave it out: answers are text',
  chat_template: "leave it out: the model's own template is used",
  chat_template_kwargs: 'leave it out: it is not offered yet',
  documents: 'put documents into a message',
  echo: 'leave it out: only the answer is sent',
  function_call: 'leave it out: calling functions is not offered yet',
  functions: 'leave it out: calling functions is not offered yet',
  metadata: 'leave it out: nothing is stored',
  moderation: 'leave it out: there is no moderation',
  parallel_tool_calls: 'leave it out: calling tools is not offered yet',
  prediction: 'leave it out: guesses come from the text itself (--draft-tokens)',
  prompt: 'send "messages", or use /v1/completions',
  prompt_cache_key: 'leave it out: prefixes are found by themselves; "cache_salt" keeps them apart',
  prompt_cache_retention: 'leave it out: what is computed stays as long as there is room',
  reasoning_effort: 'leave it out: it is not offered yet',
  safety_identifier: 'leave it out: there is no moderation',
  tool_choice: 'leave it out: calling tools is not offered yet',
  tools: 'leave it out: calling tools is not offered yet',
  verbosity: 'leave it out, and ask for a short answer in a message',
  web_search_options: 'leave it out: the server does not search',
};

export const REFUSED_IN_COMPLETIONS: RefusedNames = {
  ...BOTH,
  echo: 'put the prompt before the answer yourself',
  max_completion_tokens: 'it is called "max_tokens" here',
  messages: 'send "prompt", or use /v1/chat/completions',
  response_format: 'leave it out: structured output is not offered yet',
  suffix: 'leave it out: answers only follow a prompt',
};
