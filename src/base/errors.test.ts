import { describe, expect, test } from 'vitest';
import { abortError, asQuireError, ERRORS, type ErrorCode, QuireError } from './errors.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];

describe('ERRORS', () => {
  test('each code consists of lower-case words joined by underscores and has a 4xx or 5xx status', () => {
    expect(CODES.filter((code) => !/^[a-z]+(_[a-z]+)*$/.test(code))).toEqual([]);
    expect(CODES.filter((code) => ERRORS[code].status < 400 || ERRORS[code].status >= 600)).toEqual([]);
  });

  test('only usage errors have exit code 2', () => {
    const usage = CODES.filter((code) => ERRORS[code].exitCode === 2);
    expect(usage).toEqual(['bad_option', 'unknown_option', 'bad_message', 'missing_package']);
  });
});

describe('QuireError', () => {
  test('`line` contains the code, the message and the hint', () => {
    const error = new QuireError('port_in_use', 'port 7847 is in use', 'choose another');
    expect(error.line).toBe('port_in_use: port 7847 is in use; choose another');
    expect(error).toMatchObject({ name: 'QuireError', status: 500, exitCode: 1, hint: 'choose another' });
    expect(error).toBeInstanceOf(Error);
  });

  test('`line` contains no line break, even if the message contains line breaks', () => {
    const error = new QuireError('file_not_found', 'no file a\nb\r\n  c', 'check\nthe path');
    expect(error.line.split(/[\r\n]/)).toHaveLength(1);
    expect(error.line).toContain('check the path');
  });
});

describe('asQuireError', () => {
  test('returns a QuireError unchanged', () => {
    const error = new QuireError('disposed', 'message', 'hint');
    expect(asQuireError(error)).toBe(error);
  });

  test.each([
    ['an Error', new RangeError('too far'), 'too far'],
    ['a string', 'broken', 'broken'],
    ['nothing', undefined, 'undefined'],
  ])('converts %s to an internal error with the original as its cause', (_name, thrown, detail) => {
    expect(asQuireError(thrown)).toMatchObject({
      code: 'internal',
      message: 'an unexpected error occurred',
      detail,
      fullLine: expect.stringMatching(new RegExp(`^internal: .* \\(${detail}\\)$`)),
      cause: thrown,
      exitCode: 1,
    });
  });
});

describe('abortError', () => {
  test('returns the reason of the signal', () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    controller.abort(reason);
    expect(abortError(controller.signal)).toBe(reason);
  });

  test('returns an AbortError if the caller gave no reason', () => {
    const controller = new AbortController();
    controller.abort();
    expect(abortError(controller.signal)).toMatchObject({ name: 'AbortError' });
    expect(abortError()).toMatchObject({ name: 'AbortError' });
  });
});
