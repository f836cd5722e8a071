// Reads the chat templates of a checkpoint. A Hugging Face folder has them in separate files or in
// tokenizer_config.json, either one template or several named templates. A GGUF has one metadata key for each template.

import type { ChatTemplateData, JsonObject, JsonValue } from '../base/model/tokenizer-data.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import type { GgufMetadata, GgufValue } from './gguf/types.ts';
import { tokenText } from './hugging-face/special-tokens.ts';
import { isJsonObject } from './json-object.ts';

const DEFAULT_NAME = 'default';

/**
 * Returns the templates of a Hugging Face folder.
 * @param settings tokenizer_config.json, merged with special_tokens_map.json
 * @param files chat_template.jinja as `default`, and the files of additional_chat_templates by name. If there are any,
 *   the templates in `settings` are ignored, as in transformers.
 */
export function readFolderTemplates(
  settings: JsonObject,
  files: ReadonlyMap<string, string>,
): ChatTemplateData {
  const templates = files.size > 0 ? files : templatesIn(settings.chat_template);
  return templateData(templates, tokenText(settings.pad_token), tokenText(settings.unk_token));
}

// The value is one template, a list of named templates, or an object of templates by name.
function templatesIn(value: JsonValue | undefined): ReadonlyMap<string, string> {
  if (typeof value === 'string') return new Map([[DEFAULT_NAME, value]]);
  const templates = new Map<string, string>();
  const entries = isJsonObject(value)
    ? Object.entries(value).map(([name, template]) => ({ name, template }))
    : Array.isArray(value)
      ? value.filter(isJsonObject)
      : [];
  for (const { name, template } of entries) {
    if (typeof name === 'string' && typeof template === 'string') templates.set(name, template);
  }
  return templates;
}

/** Returns the templates of a GGUF, from the keys `tokenizer.chat_template` and `tokenizer.chat_template.NAME`. */
export function readGgufTemplates(metadata: GgufMetadata): ChatTemplateData {
  const templates = new Map<string, string>();
  for (const key of metadata.keys()) {
    const name = templateName(key);
    const value = name === undefined ? undefined : metadata.get(key);
    if (name !== undefined && typeof value === 'string') templates.set(name, value);
  }
  const tokenTextOf = (key: string): string | undefined =>
    tokenAt(metadata, metadata.get(`tokenizer.ggml.${key}`));
  return templateData(templates, tokenTextOf('padding_token_id'), tokenTextOf('unknown_token_id'));
}

const TEMPLATE_KEY = 'tokenizer.chat_template';

function templateName(key: string): string | undefined {
  if (key === TEMPLATE_KEY) return DEFAULT_NAME;
  return key.startsWith(`${TEMPLATE_KEY}.`) ? key.slice(TEMPLATE_KEY.length + 1) : undefined;
}

function tokenAt(metadata: GgufMetadata, id: GgufValue | undefined): string | undefined {
  const tokens = metadata.get('tokenizer.ggml.tokens');
  const token: unknown = Array.isArray(tokens) && typeof id === 'number' ? tokens[id] : undefined;
  return typeof token === 'string' ? token : undefined;
}

function templateData(
  chatTemplates: ReadonlyMap<string, string>,
  padToken: string | undefined,
  unknownToken: string | undefined,
): ChatTemplateData {
  return {
    ...(chatTemplates.size === 0 ? {} : { chatTemplates }),
    ...omitUndefined({ padToken, unknownToken }),
  };
}
