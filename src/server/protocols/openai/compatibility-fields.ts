// What clients send besides what a route has, as one table a route: see request-fields.ts. docs/http-api.md shows the
// same rows, and a test holds them equal.

import type { BodyFields } from '../../http/bodies/read-body.ts';
import type { OtherFields, Refusal, RequestFields } from '../../http/bodies/request-fields.ts';

const no = (instead: string, ...neutral: readonly unknown[]): Refusal => ({ instead, neutral });

const TOOLS = 'leave it out: calling tools is not offered yet';
const STRUCTURED = 'leave it out: structured output is not offered yet';
const TEXT_ONLY = 'leave it out: answers are text';

const IGNORED_IN_BOTH = {
  cache_prompt: 'what is computed is always found again',
  client_metadata: 'nothing is stored with it',
  keep_alive: 'the model stays',
  metadata: 'nothing is stored with it',
  prediction: 'it would change how fast the answer comes, and not the answer (`--draft-tokens`)',
  prompt_cache_key: 'prefixes are found by themselves; `cache_salt` keeps them apart',
  prompt_cache_options: 'prefixes are found by themselves',
  prompt_cache_retention: 'what is computed stays as long as there is room',
  provider: 'there is one provider',
  request_id: 'the response has an id of its own, `x-request-id`',
  safety_identifier: 'nothing is reported to anybody; `user` is in the log',
  service_tier: 'there is one tier',
  store: 'nothing is stored',
  verbosity: 'ask for a short answer in a message',
};

const REFUSED_IN_BOTH = {
  allowed_token_ids: no('leave it out; "logit_bias" makes tokens likelier'),
  best_of: no('ask for several answers with "n", and choose', 1),
  echo: no('put the prompt before the answer yourself', false),
  enable_thinking: no('leave it out: it is not offered yet'),
  extra_body: no('put its names beside the others'),
  guided_choice: no(STRUCTURED),
  guided_grammar: no(STRUCTURED),
  guided_json: no(STRUCTURED),
  guided_regex: no(STRUCTURED),
  ignore_eos: no('use "min_tokens", or leave it out', false),
  include_stop_str_in_output: no('put the stop text after the answer yourself', false),
  length_penalty: no('leave it out: there is no beam search', 0, 1),
  logits_processors: no('leave it out: the options of sampling are in docs/sampling.md'),
  mirostat: no('use "top_p", "min_p" or "typical_p"', 0),
  n_predict: no('it is called "max_tokens" here'),
  num_predict: no('it is called "max_tokens" here'),
  prompt_logprobs: no('leave it out: only tokens of the answer have log-probabilities', false),
  repeat_penalty: no('it is called "repetition_penalty" here', 1),
  response_format: no(STRUCTURED, { type: 'text' }),
  return_token_ids: no('use /tokenize', false),
  return_tokens_as_token_ids: no('use /tokenize', false),
  skip_special_tokens: no('leave it out: control tokens are never part of an answer', true),
  spaces_between_special_tokens: no('leave it out', true),
  structured_outputs: no(STRUCTURED),
  suffix: no('leave it out: answers only follow a prompt'),
  tfs_z: no('use "top_p", "min_p" or "typical_p"', 1),
  top_a: no('use "min_p"', 0),
  truncate_prompt_tokens: no('shorten the prompt: nothing is cut silently'),
  use_beam_search: no('ask for several answers with "n"', false),
};

/** Of `stream_options`. */
export const STREAM_FIELDS: RequestFields = {
  honoured: ['include_usage'],
  ignored: { include_obfuscation: 'chunks are not padded' },
  refused: {},
};

const nested = { stream_options: STREAM_FIELDS };

export const CHAT_FIELDS: BodyFields = {
  meantEmpty: ['messages'],
  nested,
  ignored: {
    ...IGNORED_IN_BOTH,
    parallel_tool_calls: 'no tools are called',
  },
  refused: {
    ...REFUSED_IN_BOTH,
    add_generation_prompt: no('use /v1/completions to go on with a text', true),
    add_special_tokens: no("leave it out: the model's template says how a prompt begins", false),
    audio: no(TEXT_ONLY),
    chat_template: no("leave it out: the model's own template is used"),
    chat_template_kwargs: no('leave it out: it is not offered yet'),
    continue_final_message: no('use /v1/completions to go on with a text', false),
    documents: no('put documents into a message'),
    function_call: no(TOOLS, 'none', 'auto'),
    functions: no(TOOLS),
    modalities: no(TEXT_ONLY, ['text']),
    moderation: no('leave it out: there is no moderation'),
    prompt: no('send "messages", or use /v1/completions'),
    reasoning: no('leave it out: it is not offered yet'),
    reasoning_effort: no('leave it out: it is not offered yet', 'none'),
    thinking: no('leave it out: it is not offered yet', { type: 'disabled' }),
    tool_choice: no(TOOLS, 'none', 'auto'),
    tools: no(TOOLS),
    web_search_options: no('leave it out: the server does not search'),
  },
};

export const COMPLETION_FIELDS: BodyFields = {
  meantEmpty: ['prompt'],
  nested,
  ignored: IGNORED_IN_BOTH,
  refused: {
    ...REFUSED_IN_BOTH,
    max_completion_tokens: no('it is called "max_tokens" here'),
    messages: no('send "prompt", or use /v1/chat/completions'),
  },
};

export const TOKENIZE_FIELDS: BodyFields = {
  meantEmpty: ['prompt', 'messages'],
  ignored: {},
  refused: {
    add_special: no('it is called "add_special_tokens" here'),
    chat_template: no("leave it out: the model's own template is used"),
    chat_template_kwargs: no('leave it out: it is not offered yet'),
    content: no('it is called "prompt" here'),
    continue_final_message: no('send the text as "prompt"', false),
    tools: no(TOOLS),
    with_pieces: no('it is called "return_token_strs" here', false),
  },
};

export const DETOKENIZE_FIELDS: BodyFields = { meantEmpty: ['tokens'], ignored: {}, refused: {} };

export const TEMPLATE_FIELDS: BodyFields = {
  meantEmpty: ['messages'],
  ignored: {},
  refused: {
    chat_template: no("leave it out: the model's own template is used"),
    chat_template_kwargs: no('leave it out: it is not offered yet'),
    continue_final_message: no('put the text after the prompt yourself', false),
    tools: no(TOOLS),
  },
};

/** Of a message: what clients keep with it, and send back. */
export const MESSAGE_FIELDS: OtherFields = {
  ignored: {
    annotations: 'what they say is in the content',
    cache_control: 'prefixes are found by themselves',
    created_at: 'the model does not read it',
    id: 'the model does not read it',
    metadata: 'the model does not read it',
    opts: 'the model does not read it',
    phase: 'the model does not read it',
    provider_specific_fields: 'the model does not read it',
    reasoning_details: 'what was thought is read from `reasoning_content`',
  },
  refused: {
    audio: no('leave it out: messages are text'),
    function_call: no(TOOLS),
    refusal: no('send it as "content"'),
    tool_call_id: no(TOOLS),
    tool_calls: no(TOOLS),
  },
};

/** Of a part of a message. */
export const PART_FIELDS: OtherFields = {
  ignored: {
    annotations: 'what they say is in the text',
    cache_control: 'prefixes are found by themselves',
    id: 'the model does not read it',
    prompt_cache_breakpoint: 'prefixes are found by themselves',
    role: 'the message has one',
  },
  refused: {},
};
