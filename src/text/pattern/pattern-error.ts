// The error of the pattern parser (parser.ts) and of the pattern compiler (program.ts).

/** The error for a pattern that is invalid or uses an unsupported feature. */
export class PatternError extends Error {
  /** whether the pattern is valid, but uses an unsupported feature */
  readonly unsupported: boolean;

  constructor(message: string, unsupported: boolean) {
    super(message);
    this.unsupported = unsupported;
  }
}
