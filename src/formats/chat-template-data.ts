// The chat templates of a checkpoint. A Hugging Face folder keeps them in files of their own or in
// tokenizer_config.json, one or several with names; a GGUF in keys, the named ones listed in a key.

import { defined } from '../base/defined.ts';
import type { ChatTemplateData, JsonObject, JsonValue } from '../base/model/tokenizer-data.ts';
import type { GgufMetadata, GgufValue } from './gguf/types.ts';
import { isJsonObject, tokenText } from './hugging-face/special-tokens.ts';

const DEFAULT = 'default';

/**
 * @param settings tokenizer_config.json, with the names of special_tokens_map.json
 * @param files chat_template.jinja as `default`, and the files of additional_chat_templates; where there are
 *   any, the templates among the settings do not count, as in transformers
 */
export function readFolderTemplates(
  settings: JsonObject,
  files: ReadonlyMap<string, string>,
): ChatTemplateData {
  const templates = files.size > 0 ? files : templatesIn(settings.chat_template);
  return templateData(templates, tokenText(settings.pad_token), tokenText(settings.unk_token));
}

// A template, a list of named ones, or an object of them by name.
function templatesIn(value: JsonValue | undefined): ReadonlyMap<string, string> {
  if (typeof value === 'string') return new Map([[DEFAULT, value]]);
  const templates = new Map<string, string>();
  const named = isJsonObject(value)
    ? Object.entries(value).map(([name, template]) => ({ name, template }))
    : Array.isArray(value)
      ? value.filter(isJsonObject)
      : [];
  for (const { name, template } of named) {
    if (typeof name === 'string' && typeof template === 'string') templates.set(name, template);
  }
  return templates;
}

/** From the keys `tokenizer.chat_template`, `tokenizer.chat_templates` and `tokenizer.chat_template.NAME`. */
export function readGgufTemplates(metadata: GgufMetadata): ChatTemplateData {
  const templates = new Map<string, string>();
  for (const [key, value] of metadata) {
    const name = templateName(key);
    if (name !== undefined && typeof value === 'string') templates.set(name, value);
  }
  const spelling = (key: string): string | undefined =>
    tokenAt(metadata, metadata.get(`tokenizer.ggml.${key}`));
  return templateData(templates, spelling('padding_token_id'), spelling('unknown_token_id'));
}

const KEY = 'tokenizer.chat_template';

function templateName(key: string): string | undefined {
  if (key === KEY) return DEFAULT;
  return key.startsWith(`${KEY}.`) ? key.slice(KEY.length + 1) : undefined;
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
    ...defined({ padToken, unknownToken }),
  };
}
