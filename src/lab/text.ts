// A text in the two languages of the reports of `quire lab`.

import { z } from 'zod';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

export const textSchema = z.strictObject({ en: z.string(), zh: z.string() });
export type BilingualText = z.output<typeof textSchema>;

export const text = (en: string, zh: string): BilingualText => ({ en, zh });
