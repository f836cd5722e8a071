// Decides what an Enter key press does. Enter also confirms a candidate of an input method (Chinese, Japanese, Korean); this
// must never send the message. Most browsers set `isComposing` for that key press; Safari ends the composition before the key
// press and sets only key code 229.

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
 * @param composing whether the key was pressed between the compositionstart and compositionend events of the field
 */
export function shouldConfirmInput(press: KeyPress, composing: boolean): boolean {
  if (press.key !== 'Enter' || press.shiftKey || press.altKey) return false;
  return !composing && !press.isComposing && press.keyCode !== INPUT_METHOD_KEY_CODE;
}

/**
 * Returns whether a key press sends a message.
 * @param touch whether the device has a touch screen, where Enter starts a new line because there is no Shift + Enter
 */
export function shouldSendMessage(press: KeyPress, composing: boolean, touch: boolean): boolean {
  return shouldConfirmInput(press, composing) && (!touch || press.ctrlKey || press.metaKey);
}
