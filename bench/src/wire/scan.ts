/** Finding numbers in frames without parsing them. A needle can't stand in a string of JSON: its quotes would be escaped. */

/** A needle with a number behind it, such as `"seq":`. */
export function numberNeedle(name: string): Buffer {
  return Buffer.from(`"${name}":`);
}

/** The first number behind the needle in the range; undefined when there is none. */
export function firstNumber(buffer: Buffer, needle: Buffer, start: number, end: number): number | undefined {
  const found = buffer.indexOf(needle, start);
  return found < 0 || found >= end ? undefined : readNumber(buffer, found + needle.length);
}

/** The last one. */
export function lastNumber(buffer: Buffer, needle: Buffer, start: number, end: number): number | undefined {
  const found = buffer.lastIndexOf(needle, end - needle.length);
  return found < start ? undefined : readNumber(buffer, found + needle.length);
}

/** Calls `take` with every number behind the needle in the range. */
export function eachNumber(
  buffer: Buffer,
  needle: Buffer,
  start: number,
  end: number,
  take: (value: number) => void,
): void {
  let found = buffer.indexOf(needle, start);
  while (found >= 0 && found < end) {
    take(readNumber(buffer, found + needle.length));
    found = buffer.indexOf(needle, found + needle.length);
  }
}

/** Whether the range holds the bytes. */
export function holds(buffer: Buffer, needle: Buffer, start: number, end: number): boolean {
  const found = buffer.indexOf(needle, start);
  return found >= 0 && found < end;
}

function readNumber(buffer: Buffer, start: number): number {
  let value = 0;
  for (let at = start; ; at++) {
    const digit = (buffer[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return value;
    value = value * 10 + digit;
  }
}
