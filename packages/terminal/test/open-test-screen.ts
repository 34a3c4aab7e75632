/** Screens on a terminal, a keyboard and a clock that a test holds in its hands; each is left at the end of its test. */
import { FakeClock } from '@parley/testkit';
import Box, { type BoxOptions } from 'blessed/lib/widgets/box.js';
import { onTestFinished } from 'vitest';
import { type InputEvent, openScreen, Pane } from '../src/index.ts';
import type { ScreenOptions } from '../src/screen.ts';
import { FakeInput, FakeOutput } from './fake-terminal.ts';
import { ParsedScreen } from './parsed-screen.ts';

export function openTest(options: Partial<ScreenOptions> = {}) {
  const input = new FakeInput();
  const output = new FakeOutput();
  const clock = new FakeClock();
  const events: InputEvent[] = [];
  const size = { cols: 20, rows: 5 };
  const screen = openScreen({ input, output, size, clock, onInput: (event) => events.push(event), ...options });
  onTestFinished(() => screen.leave());
  return { screen, input, output, clock, events };
}

export function textPane(screen: ReturnType<typeof openScreen>, text: () => string, at = {}): Pane {
  const place = { left: 0, top: 0, width: '100%', height: '100%', ...at };
  return new Pane({ parent: screen.root, ...place, paint: (canvas) => canvas.write(0, 0, text()) });
}

/** A box of blessed's. */
export const boxOn = (screen: ReturnType<typeof openScreen>, options: Omit<BoxOptions, 'parent'>): Box =>
  new Box({ parent: screen.root, ...options });

/** What bytes look like on a terminal of the size that `openTest` opens. */
export async function parse(bytes: string): Promise<ParsedScreen> {
  const terminal = new ParsedScreen(20, 5);
  terminal.write(bytes);
  await terminal.parsed();
  return terminal;
}
