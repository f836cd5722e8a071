// Decides what an Enter key press does. Enter also confirms the candidate of an input method (Chinese, Japanese, Korean),
// which must never send. Most browsers set `isComposing` for it; Safari ends the composition before the key press and sets
// only key code 229.

export interface KeyPress {
  readonly key: string;
  readonly keyCode: number;
  readonly isComposing: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

const INPUT_METHOD_KEY_CODE = 229;

/**
 * Returns whether a key press submits a one-line field.
 * @param composing between the compositionstart and compositionend events of the field
 */
export function confirmsInput(press: KeyPress, composing: boolean): boolean {
  if (press.key !== 'Enter' || press.shiftKey || press.altKey) return false;
  return !composing && !press.isComposing && press.keyCode !== INPUT_METHOD_KEY_CODE;
}

/**
 * Returns whether a key press sends a message.
 * @param touch on a touch screen, which has no Shift + Enter, Enter starts a new line and the button sends
 */
export function sendsMessage(press: KeyPress, composing: boolean, touch: boolean): boolean {
  return confirmsInput(press, composing) && (!touch || press.ctrlKey || press.metaKey);
}
