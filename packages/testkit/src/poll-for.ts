/** Waiting in tests: reads again until the value is the expected one, and says what it last was when it never is. */
import { isDeepStrictEqual, inspect } from 'node:util';

export interface PollOptions {
  timeoutMs?: number;
  intervalMs?: number;
  /** What is waited for, in words, for the failure. */
  what?: string;
}

type Expectation<Value> = ((value: Value) => boolean) | Exclude<Value, (...values: never[]) => unknown>;

/**
 * Reads until the value equals `expected` (deeply) or fulfils the predicate, and answers it. Fails with the last value
 * seen, or the last error of `read`.
 */
export async function pollFor<Value>(
  read: () => Value | Promise<Value>,
  expected: Expectation<Value>,
  { timeoutMs = 30_000, intervalMs = 10, what }: PollOptions = {},
): Promise<Value> {
  const isMet = (value: Value): boolean =>
    typeof expected === 'function'
      ? (expected as (value: Value) => boolean)(value)
      : isDeepStrictEqual(value, expected);
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let last: string;
    try {
      const value = await read();
      if (isMet(value)) return value;
      last = `the last value seen was ${show(value)}`;
    } catch (error) {
      last = `the last read failed: ${inspect(error)}`;
    }
    if (performance.now() >= deadline) {
      const goal = what ?? (typeof expected === 'function' ? expected.toString() : show(expected));
      throw new Error(`Waited ${timeoutMs} ms for ${goal}; ${last}`);
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}

const show = (value: unknown): string =>
  Array.isArray(value) && value.length > 0 && value.every((line) => typeof line === 'string')
    ? `\n${value.join('\n')}\n`
    : inspect(value, { depth: 6, maxStringLength: 4000 });
