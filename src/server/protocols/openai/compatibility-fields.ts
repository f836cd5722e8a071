// Fields of other APIs that clients send, one table per route: see request-fields.ts. A test checks that docs/http-api.md lists
// the same fields.

import type { BodyFields } from '../../http/bodies/read-body.ts';
import type { CompatibilityFields, Rejection, RequestFields } from '../../http/bodies/request-fields.ts';

const rejected = (hint: string, ...acceptedValues: readonly unknown[]): Rejection => ({
  hint,
  acceptedValues,
});

const TOOLS = 'omit it: tool calls are not supported yet';
const STRUCTURED = 'omit it: structured output is not supported yet';
const TEXT_ONLY = 'omit it: answers are text';

const IGNORED_IN_BOTH = {
  cache_prompt: 'computed prefixes are always reused',
  client_metadata: 'no metadata is stored',
  keep_alive: 'the model stays loaded',
  metadata: 'no metadata is stored',
  prediction: 'it changes only the speed of an answer (`--draft-tokens`)',
  prompt_cache_key: 'prefixes are found automatically; `cache_salt` isolates them',
  prompt_cache_options: 'prefixes are found automatically',
  prompt_cache_retention: 'prefixes stay cached while there is room',
  provider: 'there is one provider',
  request_id: 'the server assigns a request id (`x-request-id`)',
  safety_identifier: 'nothing is reported to third parties; `user` is logged',
  service_tier: 'there is one tier',
  store: 'responses are not stored',
  verbosity: 'request a short answer in a message',
};

const REJECTED_IN_BOTH = {
  allowed_token_ids: rejected('omit it; use "logit_bias" to make tokens likelier'),
  best_of: rejected('request several choices with "n" and select one', 1),
  echo: rejected('prepend the prompt on the client', false),
  enable_thinking: rejected('omit it: not supported yet'),
  extra_body: rejected('send its fields at the top level'),
  guided_choice: rejected(STRUCTURED),
  guided_grammar: rejected(STRUCTURED),
  guided_json: rejected(STRUCTURED),
  guided_regex: rejected(STRUCTURED),
  ignore_eos: rejected('use "min_tokens", or omit it', false),
  include_stop_str_in_output: rejected('append the stop string on the client', false),
  length_penalty: rejected('omit it: beam search is not supported', 0, 1),
  logits_processors: rejected('omit it: docs/sampling.md lists the sampling options'),
  mirostat: rejected('use "top_p", "min_p" or "typical_p"', 0),
  n_predict: rejected('use "max_tokens"'),
  num_predict: rejected('use "max_tokens"'),
  prompt_logprobs: rejected('omit it: only generated tokens have log-probabilities', false),
  repeat_penalty: rejected('use "repetition_penalty"', 1),
  response_format: rejected(STRUCTURED, { type: 'text' }),
  return_token_ids: rejected('use /tokenize', false),
  return_tokens_as_token_ids: rejected('use /tokenize', false),
  skip_special_tokens: rejected('omit it: answers never contain control tokens', true),
  spaces_between_special_tokens: rejected('omit it', true),
  structured_outputs: rejected(STRUCTURED),
  suffix: rejected('omit it: text can only be generated after a prompt'),
  tfs_z: rejected('use "top_p", "min_p" or "typical_p"', 1),
  top_a: rejected('use "min_p"', 0),
  truncate_prompt_tokens: rejected('shorten the prompt: it is never truncated'),
  use_beam_search: rejected('request several choices with "n"', false),
};

/** Fields of `stream_options`. */
export const STREAM_FIELDS: RequestFields = {
  supported: ['include_usage'],
  ignored: { include_obfuscation: 'chunks are not padded' },
  rejected: {},
};

const nested = { stream_options: STREAM_FIELDS };

export const CHAT_FIELDS: BodyFields = {
  emptyAllowed: ['messages'],
  nested,
  ignored: {
    ...IGNORED_IN_BOTH,
    parallel_tool_calls: 'no tools are called',
  },
  rejected: {
    ...REJECTED_IN_BOTH,
    add_generation_prompt: rejected('use /v1/completions to continue a text', true),
    add_special_tokens: rejected("omit it: the model's chat template adds special tokens", false),
    audio: rejected(TEXT_ONLY),
    chat_template: rejected("omit it: the model's chat template is used"),
    chat_template_kwargs: rejected('omit it: not supported yet'),
    continue_final_message: rejected('use /v1/completions to continue a text', false),
    documents: rejected('put the documents into a message'),
    function_call: rejected(TOOLS, 'none', 'auto'),
    functions: rejected(TOOLS),
    modalities: rejected(TEXT_ONLY, ['text']),
    moderation: rejected('omit it: moderation is not supported'),
    prompt: rejected('send "messages", or use /v1/completions'),
    reasoning: rejected('omit it: not supported yet'),
    reasoning_effort: rejected('omit it: not supported yet', 'none'),
    thinking: rejected('omit it: not supported yet', { type: 'disabled' }),
    tool_choice: rejected(TOOLS, 'none', 'auto'),
    tools: rejected(TOOLS),
    web_search_options: rejected('omit it: web search is not supported'),
  },
};

export const COMPLETION_FIELDS: BodyFields = {
  emptyAllowed: ['prompt'],
  nested,
  ignored: IGNORED_IN_BOTH,
  rejected: {
    ...REJECTED_IN_BOTH,
    max_completion_tokens: rejected('use "max_tokens"'),
    messages: rejected('send "prompt", or use /v1/chat/completions'),
  },
};

export const TOKENIZE_FIELDS: BodyFields = {
  emptyAllowed: ['prompt', 'messages'],
  ignored: {},
  rejected: {
    add_special: rejected('use "add_special_tokens"'),
    chat_template: rejected("omit it: the model's chat template is used"),
    chat_template_kwargs: rejected('omit it: not supported yet'),
    content: rejected('use "prompt"'),
    continue_final_message: rejected('send the text as "prompt"', false),
    tools: rejected(TOOLS),
    with_pieces: rejected('use "return_token_strs"', false),
  },
};

export const DETOKENIZE_FIELDS: BodyFields = { emptyAllowed: ['tokens'], ignored: {}, rejected: {} };

export const TEMPLATE_FIELDS: BodyFields = {
  emptyAllowed: ['messages'],
  ignored: {},
  rejected: {
    chat_template: rejected("omit it: the model's chat template is used"),
    chat_template_kwargs: rejected('omit it: not supported yet'),
    continue_final_message: rejected('append the text on the client', false),
    tools: rejected(TOOLS),
  },
};

/** Fields of a message; clients send back what they stored with it. */
export const MESSAGE_FIELDS: CompatibilityFields = {
  ignored: {
    annotations: 'the content has the same information',
    cache_control: 'prefixes are found automatically',
    created_at: 'the model does not use it',
    id: 'the model does not use it',
    metadata: 'the model does not use it',
    opts: 'the model does not use it',
    phase: 'the model does not use it',
    provider_specific_fields: 'the model does not use it',
    reasoning_details: 'reasoning is read from `reasoning_content`',
  },
  rejected: {
    audio: rejected('omit it: messages are text'),
    function_call: rejected(TOOLS),
    refusal: rejected('send it as "content"'),
    tool_call_id: rejected(TOOLS),
    tool_calls: rejected(TOOLS),
  },
};

/** Fields of a content part of a message. */
export const PART_FIELDS: CompatibilityFields = {
  ignored: {
    annotations: 'the text has the same information',
    cache_control: 'prefixes are found automatically',
    id: 'the model does not use it',
    prompt_cache_breakpoint: 'prefixes are found automatically',
    role: 'the message has a role',
  },
  rejected: {},
};
