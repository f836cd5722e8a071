// Escapes untrusted text (model output, titles, file names, server responses) for terminals and logs. Terminals execute
// control characters: they move the cursor, rename the window, or inject input.

const CONTROL = /(?![\n\t])\p{Cc}/gu;

/** Returns `text` with control characters escaped, such as `\x1b`; line breaks and tabs remain. */
export const escapeControls = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(CONTROL, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** Escapes the control characters that JSON.stringify does not escape: those above 126. */
export const escapeControlsInJson = (json: string): string =>
  json.replace(/[\x7f-\x9f]/g, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
