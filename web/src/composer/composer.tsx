// The message field. Enter sends and Shift + Enter starts a new line; on a touch screen Enter starts a new line and the button
// sends. When Enter confirms an input method candidate, it neither sends nor starts a new line. While an answer is generated,
// the button stops it, and the user can already write the next message.

import {
  type KeyboardEvent,
  type RefObject,
  type SubmitEvent,
  useEffect,
  useLayoutEffect,
  useRef,
} from 'react';
import { isTouchScreen } from '../browser/touch-screen.ts';
import { ArrowUpIcon, StopIcon } from '../components/icons.tsx';
import type { Turn } from '../state/turn.ts';
import { languageOf, useTexts } from '../texts/language.ts';
import { shouldSendMessage } from './enter-key.ts';

interface ComposerProps {
  readonly input: RefObject<HTMLTextAreaElement | null>;
  readonly draft: string;
  onDraft(text: string): void;
  /** returns false to keep the text in the field */
  onSend(text: string): boolean;
  onStop(): void;
  readonly running: Turn | undefined;
  readonly connected: boolean;
}

export function Composer({ input, draft, onDraft, onSend, onStop, running, connected }: ComposerProps) {
  const texts = useTexts();
  const composing = useRef(false);
  const canSend = connected && !running && draft.trim() !== '';
  useGrowingHeight(input, draft);
  useStopOnEscape(running !== undefined, onStop);
  useEffect(() => {
    if (!isTouchScreen()) input.current?.focus();
  }, [input]);

  const submit = (): void => {
    if (canSend && onSend(draft.trim())) onDraft('');
  };
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    submit();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!shouldSendMessage(event.nativeEvent, composing.current, isTouchScreen())) return;
    event.preventDefault();
    submit();
  };

  const stop = (): void => {
    onStop();
    // The stop button is removed when the answer ends.
    if (!isTouchScreen()) input.current?.focus();
  };

  return (
    <form className="composer" onSubmit={onSubmit}>
      <label className="visually-hidden" htmlFor="message">
        {texts.inputLabel}
      </label>
      <textarea
        id="message"
        ref={input}
        rows={1}
        value={draft}
        lang={languageOf(draft)}
        dir="auto"
        placeholder={texts.inputPlaceholder}
        aria-describedby="message-hint"
        autoComplete="off"
        enterKeyHint={isTouchScreen() ? 'enter' : 'send'}
        onChange={(event) => onDraft(event.target.value)}
        onKeyDown={onKeyDown}
        onCompositionStart={() => {
          composing.current = true;
        }}
        onCompositionEnd={() => {
          composing.current = false;
        }}
      />
      <span id="message-hint" className="visually-hidden">
        {isTouchScreen() ? texts.inputHintTouch : texts.inputHint}
      </span>
      {/* Two separate buttons: a click on "Stop" that is released after the end of the answer must not send the text. */}
      {running ? (
        <button
          key="stop"
          type="button"
          className="round-button round-button-stop"
          onClick={stop}
          disabled={running.stopping === true || !connected}
          aria-label={texts.stop}
          title={`${texts.stop} (Esc)`}
        >
          <StopIcon />
        </button>
      ) : (
        <button
          key="send"
          type="submit"
          className="round-button"
          disabled={!canSend}
          aria-label={texts.send}
          title={texts.send}
        >
          <ArrowUpIcon />
        </button>
      )}
    </form>
  );
}

/** Sets the height of the field to that of its text; the style sheet sets the maximum. */
function useGrowingHeight(input: RefObject<HTMLTextAreaElement | null>, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height depends on the text in the field
  useLayoutEffect(() => {
    const field = input.current;
    if (!field) return;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight}px`;
  }, [input, text]);
}

function useStopOnEscape(running: boolean, onStop: () => void): void {
  useEffect(() => {
    if (!running) return;
    const onKey = (event: globalThis.KeyboardEvent): void => {
      // Escape also closes the candidate window of an input method.
      if (event.key === 'Escape' && !event.isComposing && event.keyCode !== 229) onStop();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [running, onStop]);
}
