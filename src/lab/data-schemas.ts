// Schemas that the data of several experiments share. Their bounds prevent a damaged file from being processed for hours.

import { z } from 'zod';

/** A duration or a rate, one value for each repetition. */
export const samplesSchema = z.array(z.number()).max(1000);

/** A number of tokens, bytes or requests. */
export const countSchema = z.int().min(0);

/** A difference; null represents infinity, which JSON does not have. */
export const differenceSchema = z.number().nullable();
export const differenceToJson = (value: number): number | null => (Number.isFinite(value) ? value : null);
export const differenceFromJson = (saved: number | null): number => saved ?? Number.POSITIVE_INFINITY;
