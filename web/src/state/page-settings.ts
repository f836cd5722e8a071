// What the page remembers on the server: the choices for conversations that are yet to begin. What a newer
// page has written beside them stays as it is.

import { fits, SAMPLING_FIELDS, type SamplingField } from '../api/sampling-fields.ts';
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

/** Reads what the server kept, which may be an empty object, or that of another page. */
export function pageSettingsFrom(kept: unknown): PageSettings {
  const page = isObject(kept) ? kept : {};
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

export const LOW_WATER_FIELD = { least: 0.1, most: 0.9, step: 0.05 };

export type FieldValue = { readonly ok: true; readonly value: number | undefined } | { readonly ok: false };

/** What was typed into a field; an empty one leaves the choice to the model. */
export function readField(field: SamplingField, text: string): FieldValue {
  if (text.trim() === '') return { ok: true, value: undefined };
  const value = Number(text.trim().replace(',', '.'));
  return fits(field.name, value) ? { ok: true, value } : { ok: false };
}

function samplingFrom(kept: Record<string, unknown>): Sampling {
  const valid = SAMPLING_FIELDS.flatMap((field) => {
    const value = kept[field.name];
    return typeof value === 'number' && fits(field.name, value) ? [[field.name, value] as const] : [];
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
