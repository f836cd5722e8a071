import type { ModelInfo } from '../../../completion/model-info.ts';

/** OpenAI's name for what else an answer depends on: here all that can change a bit of it. */
export const systemFingerprint = ({ fingerprint, model }: ModelInfo): string =>
  `fp_${(fingerprint ?? model).slice(0, 16)}`;
