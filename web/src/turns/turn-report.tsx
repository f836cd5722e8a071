// What a turn cost, as a strip and a line of numbers. All strips of a conversation have one scale and begin
// at the left edge, so they stand on each other like steps: what one turn has computed and written is
// what the next finds in the cache, and the solid part stays short however long the conversation grows.

import type { Usage } from '../api/chat-protocol.ts';
import { useTexts } from '../texts/language.ts';
import { turnNumbers } from './turn-numbers.ts';

interface TurnReportProps {
  readonly usage: Usage;
  /** tokens that the full width stands for */
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
          <span className="strip-read" style={width(numbers.prefill)} />
          <span className="strip-written" style={width(usage.generatedTokens)} />
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
