/** What is in the built program, of which a host keeps one in memory and each local client its own. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it.each(['tui.cjs', 'tui-host.cjs'])('%s carries no schemas: they would be more than half of it', (file) => {
  const program = readFileSync(new URL(`../../../dist/${file}`, import.meta.url), 'utf8');
  // Not the program itself: its half a megabyte would be what a failure prints.
  const holds = (text: string): boolean => program.includes(text);
  expect({ words: holds('Leave Parley?'), schemas: holds('ZodError') }).toEqual({ words: true, schemas: false });
});
