/**
 * Finding numbers in frames without parsing them. A needle can't stand in a string of JSON: its quotes would be escaped.
 * The buffer is a connection's, and large: no search goes beyond the frame, or a needle that is not in it would cost more
 * than all the rest.
 */

/** A needle with a number behind it, such as `"seq":`. */
export function numberNeedle(name: string): Buffer {
  return Buffer.from(`"${name}":`);
}

/** The first number behind the needle in the range; undefined when there is none. */
export function firstNumber(buffer: Buffer, needle: Buffer, start: number, end: number): number | undefined {
  const found = find(buffer, needle, start, end);
  return found < 0 ? undefined : readNumber(buffer, found + needle.length);
}

/** The last one. */
export function lastNumber(buffer: Buffer, needle: Buffer, start: number, end: number): number | undefined {
  const found = buffer.subarray(start, end).lastIndexOf(needle);
  return found < 0 ? undefined : readNumber(buffer, start + found + needle.length);
}

/** Calls `take` with every number behind the needle in the range. */
export function eachNumber(
  buffer: Buffer,
  needle: Buffer,
  start: number,
  end: number,
  take: (value: number) => void,
): void {
  let found = find(buffer, needle, start, end);
  while (found >= 0) {
    take(readNumber(buffer, found + needle.length));
    found = find(buffer, needle, found + needle.length, end);
  }
}

/** Whether the range holds the bytes. */
export function holds(buffer: Buffer, needle: Buffer, start: number, end: number): boolean {
  return find(buffer, needle, start, end) >= 0;
}

function find(buffer: Buffer, needle: Buffer, start: number, end: number): number {
  const found = buffer.subarray(start, end).indexOf(needle);
  return found < 0 ? found : start + found;
}

function readNumber(buffer: Buffer, start: number): number {
  let value = 0;
  for (let at = start; ; at++) {
    const digit = (buffer[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return value;
    value = value * 10 + digit;
  }
}
