import { describe, expect, test } from 'vitest';
import { abortError, asQuireError, ERRORS, type ErrorCode, QuireError } from './errors.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];

describe('the table', () => {
  test('gives each code a name of whole words and an HTTP status that says failure', () => {
    expect(CODES.filter((code) => !/^[a-z]+(_[a-z]+)*$/.test(code))).toEqual([]);
    expect(CODES.filter((code) => ERRORS[code].status < 400 || ERRORS[code].status >= 600)).toEqual([]);
  });

  test('wrong usage, and nothing else, ends with 2', () => {
    const usage = CODES.filter((code) => ERRORS[code].exitCode === 2);
    expect(usage).toEqual(['bad_option', 'unknown_option', 'bad_message']);
  });
});

describe('QuireError', () => {
  test('says code, what was wrong and what to do in one line', () => {
    const error = new QuireError('port_in_use', 'port 7847 is in use', 'choose another');
    expect(error.line).toBe('port_in_use: port 7847 is in use; choose another');
    expect(error).toMatchObject({ name: 'QuireError', status: 500, exitCode: 1, hint: 'choose another' });
    expect(error).toBeInstanceOf(Error);
  });

  test('keeps to one line whatever it quotes', () => {
    const error = new QuireError('file_not_found', 'no file a\nb\r\n  c', 'check\nthe path');
    expect(error.line.split(/[\r\n]/)).toHaveLength(1);
    expect(error.line).toContain('check the path');
  });
});

describe('asQuireError', () => {
  test('leaves a QuireError what it is', () => {
    const error = new QuireError('disposed', 'what', 'hint');
    expect(asQuireError(error)).toBe(error);
  });

  test.each([
    ['an Error', new RangeError('too far'), 'too far'],
    ['a string', 'broken', 'broken'],
    ['nothing', undefined, 'undefined'],
  ])('makes %s internal, and keeps it as the cause', (_name, thrown, what) => {
    expect(asQuireError(thrown)).toMatchObject({
      code: 'internal',
      message: 'an unexpected error occurred',
      detail: what,
      fullLine: expect.stringMatching(new RegExp(`^internal: .* \\(${what}\\)$`)),
      cause: thrown,
      exitCode: 1,
    });
  });
});

describe('abortError', () => {
  test('is the reason of the signal', () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    controller.abort(reason);
    expect(abortError(controller.signal)).toBe(reason);
  });

  test('is an AbortError as the platform makes them', () => {
    const controller = new AbortController();
    controller.abort();
    expect(abortError(controller.signal)).toMatchObject({ name: 'AbortError' });
    expect(abortError()).toMatchObject({ name: 'AbortError' });
  });
});
