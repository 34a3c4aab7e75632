import { afterEach, expect, test } from 'vitest';
import { failOnLeaks, TestTerminal } from '@parley/testkit';

failOnLeaks();

let terminal: TestTerminal | undefined;
afterEach(async () => {
  await terminal?.close();
  terminal = undefined;
});

test('shows what a program prints, in colours', async () => {
  terminal = TestTerminal.spawn('/bin/sh', ['-c', String.raw`printf '\033[1;38;2;1;2;3mhé\033[0m 日'; cat`]);
  await terminal.waitFor('hé 日');
  expect(terminal.cell(0, 0)).toMatchObject({ text: 'h', bold: true, foreground: '#010203' });
  expect(terminal.cell(3, 0)).toMatchObject({ text: '日', width: 2, foreground: 'default' });
});

test('types, presses keys and resizes', async () => {
  terminal = TestTerminal.spawn('/bin/sh', [
    '-c',
    'trap "stty size" WINCH; while :; do read line; echo "[$line]"; done',
  ]);
  terminal.type('hello');
  terminal.press('enter');
  await terminal.waitFor('[hello]');
  terminal.resize(40, 12);
  expect(await terminal.waitFor('12 40')).toHaveLength(12);
});

test('answers what the program asks the terminal', async () => {
  const script = String.raw`stty raw -echo; printf '\033[6n'; head -c 6 | od -c | head -1`;
  terminal = TestTerminal.spawn('/bin/sh', ['-c', script]);
  expect((await terminal.waitFor('['))[0]).toContain('[   1   ;   1   R');
});

test('tells how the program ended, with all of its output on the screen', async () => {
  terminal = TestTerminal.spawn('/bin/sh', ['-c', 'echo goodbye; exit 3']);
  expect(await terminal.exited).toMatchObject({ exitCode: 3 });
  expect(terminal.screen()[0]).toBe('goodbye');
});
