// Fields of other APIs that clients send (request-fields.ts), in one table per route. A test checks that docs/http-api.md lists the
// same fields.

import type { BodyFields } from '../../http/bodies/read-body.ts';
import type { CompatibilityFields, Rejection, RequestFields } from '../../http/bodies/request-fields.ts';

const rejection = (hint: string, ...acceptedValues: readonly unknown[]): Rejection => ({
  hint,
  acceptedValues,
});

const NO_TOOLS_HINT = 'omit it: tool calls are not supported yet';
const NO_STRUCTURED_OUTPUT_HINT = 'omit it: structured output is not supported yet';
const TEXT_ONLY_HINT = 'omit it: answers are text';

const IGNORED_IN_CHAT_AND_COMPLETIONS = {
  cache_prompt: 'computed prefixes are always reused',
  client_metadata: 'no metadata is stored',
  keep_alive: 'the model stays loaded',
  metadata: 'no metadata is stored',
  prediction: 'it would change only the speed; start the server with `--draft-tokens` for that',
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

const REJECTED_IN_CHAT_AND_COMPLETIONS = {
  allowed_token_ids: rejection('omit it; use "logit_bias" to make tokens more likely'),
  best_of: rejection('request several choices with "n" and select one', 1),
  echo: rejection('prepend the prompt on the client', false),
  enable_thinking: rejection('omit it: not supported yet'),
  extra_body: rejection('send its fields at the top level'),
  guided_choice: rejection(NO_STRUCTURED_OUTPUT_HINT),
  guided_grammar: rejection(NO_STRUCTURED_OUTPUT_HINT),
  guided_json: rejection(NO_STRUCTURED_OUTPUT_HINT),
  guided_regex: rejection(NO_STRUCTURED_OUTPUT_HINT),
  ignore_eos: rejection('use "min_tokens", or omit it', false),
  include_stop_str_in_output: rejection('append the stop string on the client', false),
  length_penalty: rejection('omit it: beam search is not supported', 0, 1),
  logits_processors: rejection('omit it: docs/sampling.md lists the sampling options'),
  mirostat: rejection('use "top_p", "min_p" or "typical_p"', 0),
  n_predict: rejection('use "max_tokens"'),
  num_predict: rejection('use "max_tokens"'),
  prompt_logprobs: rejection('omit it: only generated tokens have log-probabilities', false),
  repeat_penalty: rejection('use "repetition_penalty"', 1),
  response_format: rejection(NO_STRUCTURED_OUTPUT_HINT, { type: 'text' }),
  return_token_ids: rejection('use /tokenize', false),
  return_tokens_as_token_ids: rejection('use /tokenize', false),
  skip_special_tokens: rejection('omit it: answers never contain control tokens', true),
  spaces_between_special_tokens: rejection('omit it', true),
  structured_outputs: rejection(NO_STRUCTURED_OUTPUT_HINT),
  suffix: rejection('omit it: text can only be generated after a prompt'),
  tfs_z: rejection('use "top_p", "min_p" or "typical_p"', 1),
  top_a: rejection('use "min_p"', 0),
  truncate_prompt_tokens: rejection('shorten the prompt: it is never truncated'),
  use_beam_search: rejection('request several choices with "n"', false),
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
    ...IGNORED_IN_CHAT_AND_COMPLETIONS,
    parallel_tool_calls: 'no tools are called',
  },
  rejected: {
    ...REJECTED_IN_CHAT_AND_COMPLETIONS,
    add_generation_prompt: rejection('use /v1/completions to continue a text', true),
    add_special_tokens: rejection("omit it: the model's chat template adds special tokens", false),
    audio: rejection(TEXT_ONLY_HINT),
    chat_template: rejection("omit it: the model's chat template is used"),
    chat_template_kwargs: rejection('omit it: not supported yet'),
    continue_final_message: rejection('use /v1/completions to continue a text', false),
    documents: rejection('put the documents into a message'),
    function_call: rejection(NO_TOOLS_HINT, 'none', 'auto'),
    functions: rejection(NO_TOOLS_HINT),
    modalities: rejection(TEXT_ONLY_HINT, ['text']),
    moderation: rejection('omit it: moderation is not supported'),
    prompt: rejection('send "messages", or use /v1/completions'),
    reasoning: rejection('omit it: not supported yet'),
    reasoning_effort: rejection('omit it: not supported yet', 'none'),
    thinking: rejection('omit it: not supported yet', { type: 'disabled' }),
    tool_choice: rejection(NO_TOOLS_HINT, 'none', 'auto'),
    tools: rejection(NO_TOOLS_HINT),
    web_search_options: rejection('omit it: web search is not supported'),
  },
};

export const COMPLETION_FIELDS: BodyFields = {
  emptyAllowed: ['prompt'],
  nested,
  ignored: IGNORED_IN_CHAT_AND_COMPLETIONS,
  rejected: {
    ...REJECTED_IN_CHAT_AND_COMPLETIONS,
    max_completion_tokens: rejection('use "max_tokens"'),
    messages: rejection('send "prompt", or use /v1/chat/completions'),
  },
};

const WHOLE_TEXT_HINT = 'divide the text: it is never truncated';
const IN_THE_TEXT_HINT = 'put the instruction into the text';

export const EMBEDDING_FIELDS: BodyFields = {
  emptyAllowed: ['input'],
  ignored: {
    keep_alive: 'the model stays loaded',
    metadata: 'no metadata is stored',
    provider: 'there is one provider',
    request_id: 'the server assigns a request id (`x-request-id`)',
    safety_identifier: 'nothing is reported to third parties; `user` is logged',
  },
  rejected: {
    add_special_tokens: rejection('send token ids', true),
    extra_body: rejection('send its fields at the top level'),
    input_type: rejection(IN_THE_TEXT_HINT),
    instruct: rejection(IN_THE_TEXT_HINT),
    late_chunking: rejection('omit it: every text has its own vector', false),
    messages: rejection('send texts as "input"'),
    normalize: rejection("omit it: the model's files say whether vectors are normalized", true),
    prompt: rejection('send the text as "input"'),
    prompt_name: rejection(IN_THE_TEXT_HINT),
    task: rejection(IN_THE_TEXT_HINT),
    truncate: rejection(WHOLE_TEXT_HINT, false),
    truncate_prompt_tokens: rejection(WHOLE_TEXT_HINT),
  },
};

export const TOKENIZE_FIELDS: BodyFields = {
  emptyAllowed: ['prompt', 'messages'],
  ignored: {},
  rejected: {
    add_special: rejection('use "add_special_tokens"'),
    chat_template: rejection("omit it: the model's chat template is used"),
    chat_template_kwargs: rejection('omit it: not supported yet'),
    content: rejection('use "prompt"'),
    continue_final_message: rejection('send the text as "prompt"', false),
    tools: rejection(NO_TOOLS_HINT),
    with_pieces: rejection('use "return_token_strs"', false),
  },
};

export const DETOKENIZE_FIELDS: BodyFields = { emptyAllowed: ['tokens'], ignored: {}, rejected: {} };

export const TEMPLATE_FIELDS: BodyFields = {
  emptyAllowed: ['messages'],
  ignored: {},
  rejected: {
    chat_template: rejection("omit it: the model's chat template is used"),
    chat_template_kwargs: rejection('omit it: not supported yet'),
    continue_final_message: rejection('append the text on the client', false),
    tools: rejection(NO_TOOLS_HINT),
  },
};

/** Fields of a message. Clients also send back the fields that they stored with a message. */
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
    audio: rejection('omit it: messages are text'),
    function_call: rejection(NO_TOOLS_HINT),
    refusal: rejection('send it as "content"'),
    tool_call_id: rejection(NO_TOOLS_HINT),
    tool_calls: rejection(NO_TOOLS_HINT),
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
