// The settings that the page stores on the server: the defaults of new conversations. Fields written by a newer version of
// the page are preserved.

import { isAcceptedValue, SAMPLING_FIELDS, type SamplingField } from '../api/sampling-fields.ts';
import {
  type ConversationSettings,
  DEFAULT_SETTINGS,
  policyOf,
  type Sampling,
} from '../api/stored-conversation.ts';

export interface PageSettings {
  readonly newConversations: ConversationSettings;
}

export const DEFAULT_PAGE_SETTINGS: PageSettings = { newConversations: DEFAULT_SETTINGS };

/** Parses stored settings, which may be empty or written by another version of the page. */
export function parsePageSettings(stored: unknown): PageSettings {
  const page = isObject(stored) ? stored : {};
  const settings = isObject(page.newConversations) ? page.newConversations : {};
  const { system, contextPolicy, sampling, model } = settings;
  return {
    ...page,
    newConversations: {
      system: typeof system === 'string' ? system : DEFAULT_SETTINGS.system,
      contextPolicy: isPolicy(contextPolicy) ? policyOf(contextPolicy) : DEFAULT_SETTINGS.contextPolicy,
      sampling: isObject(sampling) ? samplingFrom(sampling) : {},
      ...(typeof model === 'string' && model !== '' ? { model } : {}),
    },
  };
}

export const LOW_WATER_FIELD = { min: 0.1, max: 0.9, step: 0.05 };

export type FieldValue = { readonly ok: true; readonly value: number | undefined } | { readonly ok: false };

/** Parses the text of a field. An empty field means the model's default. */
export function parseField(field: SamplingField, text: string): FieldValue {
  if (text.trim() === '') return { ok: true, value: undefined };
  const value = Number(text.trim().replace(',', '.'));
  return isAcceptedValue(field.name, value) ? { ok: true, value } : { ok: false };
}

function samplingFrom(stored: Record<string, unknown>): Sampling {
  const valid = SAMPLING_FIELDS.flatMap((field) => {
    const value = stored[field.name];
    return typeof value === 'number' && isAcceptedValue(field.name, value)
      ? [[field.name, value] as const]
      : [];
  });
  return Object.fromEntries(valid);
}

function isPolicy(value: unknown): value is ConversationSettings['contextPolicy'] {
  if (!isObject(value)) return false;
  if (value.kind === 'error') return true;
  const { lowWater } = value;
  return value.kind === 'truncate' && typeof lowWater === 'number' && lowWater > 0 && lowWater < 1;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
