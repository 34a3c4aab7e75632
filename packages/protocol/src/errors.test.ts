import { expect, test } from 'vitest';
import { ERROR_CODES, isErrorCode } from './errors.ts';

test.each(ERROR_CODES)('%s is an error code', (code) => {
  expect(isErrorCode(code)).toBe(true);
});

test.each(['', 'later', 'toString', '__proto__', 400, null, undefined, {}])('%j is no error code', (value) => {
  expect(isErrorCode(value)).toBe(false);
});
