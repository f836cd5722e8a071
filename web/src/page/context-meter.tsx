// Shows how much of the context the conversation uses. It becomes prominent only when the context is nearly full.

import { isTouchScreen } from '../browser/touch-screen.ts';
import { useTexts } from '../texts/language.ts';

interface ContextMeterProps {
  readonly used: number;
  /** tokens; 0 while it is not known */
  readonly length: number;
}

export function ContextMeter({ used, length }: ContextMeterProps) {
  const texts = useTexts();
  const share = length > 0 ? Math.min(1, used / length) : 0;
  const level = share >= 0.95 ? 'full' : share >= 0.8 ? 'near' : 'calm';
  return (
    <div className="below">
      <span className="hint" aria-hidden="true">
        {isTouchScreen() ? texts.inputHintTouch : texts.inputHint}
      </span>
      {length > 0 && (
        <span className="meter" data-level={level} data-used={used} data-length={length}>
          <meter
            className="visually-hidden"
            aria-label={texts.contextLabel}
            aria-valuetext={texts.context(used, length)}
            max={length}
            value={Math.min(used, length)}
          />
          <span className="meter-track" aria-hidden="true">
            <span style={{ width: `${share * 100}%` }} />
          </span>
          <span aria-hidden="true">{texts.context(used, length)}</span>
        </span>
      )}
    </div>
  );
}
