// The token counts of a turn, as a bar and a line of numbers. All bars of a conversation have the same scale and start at
// the left edge. Each turn finds the tokens of the previous turn in the cache, so the computed part stays short while the
// conversation grows.

import type { Usage } from '../api/chat-protocol.ts';
import { useTexts } from '../texts/language.ts';
import { turnNumbers } from './turn-numbers.ts';

interface TurnReportProps {
  readonly usage: Usage;
  /** number of tokens that the full width represents */
  readonly scale: number;
}

export function TurnReport({ usage, scale }: TurnReportProps) {
  const texts = useTexts();
  const numbers = turnNumbers(usage);
  const width = (tokens: number) => ({ width: `${(100 * tokens) / scale}%` });
  return (
    <details
      className="report"
      data-prompt={usage.promptTokens}
      data-cached={usage.cachedTokens}
      data-computed={usage.computedTokens}
      data-generated={usage.generatedTokens}
    >
      <summary>
        <span className="strip" aria-hidden="true">
          <span className="strip-cached" style={width(numbers.cached)} />
          <span className="strip-prefill" style={width(numbers.prefill)} />
          <span className="strip-decode" style={width(usage.generatedTokens)} />
        </span>
        <span className="report-line">
          <span className="key key-cached">{texts.cached(usage.cachedTokens)}</span>
          <span className="key key-computed">{texts.computed(usage.computedTokens)}</span>
          <span className="key key-generated">{texts.generated(usage.generatedTokens)}</span>
          {usage.generatedTokens > 0 && usage.ttftMs !== undefined && (
            <span className="report-speed">
              {texts.speed(usage.ttftMs, usage.decodeTokensPerSecond ?? 0)}
            </span>
          )}
        </span>
      </summary>
      <p>{texts.explain(numbers)}</p>
    </details>
  );
}
