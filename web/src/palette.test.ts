import headless from '@xterm/headless';
import type { Terminal } from '@xterm/xterm';
import { describe, expect, it } from 'vitest';
import { TaughtPalette } from './palette.ts';

describe('what the program has taught the terminal', () => {
  const taught = async (...bytes: string[]): Promise<TaughtPalette> => {
    const terminal = new headless.Terminal({ allowProposedApi: true });
    // Of a terminal it takes the parser, which both have.
    const palette = new TaughtPalette(terminal as unknown as Terminal);
    for (const part of bytes) await new Promise<void>((resolve) => terminal.write(part, resolve));
    return palette;
  };

  it('is in every theme that the page shows', async () => {
    const palette = await taught('\x1b]4;0;#14161b;9;#ff8a8a;17;#', 'd59bf0\x07');
    expect([palette.colors[0], palette.colors[17]]).toEqual(['#14161b', '#d59bf0']);
    const theme = palette.in({ background: '#fbfbfa', black: '#262a33', red: '#b3261e' });
    expect(theme).toMatchObject({ background: '#fbfbfa', black: '#14161b', red: '#b3261e', brightRed: '#ff8a8a' });
    expect(theme.extendedAnsi?.slice(0, 2)).toEqual(['', '#d59bf0']);
  });

  it('is forgotten when the program takes it back', async () => {
    const palette = await taught('\x1b]4;1;#1a1d24\x07', '\x1b]104\x07');
    const theme = { background: '#14161b', red: '#f2777a' };
    expect(palette.in(theme)).toEqual({ ...theme, extendedAnsi: [] });
  });

  it.each(['256;#ffffff', '1;?', '1;red', '-1;#ffffff', '#ffffff', '1;#fffffff', ''])(
    'is nothing: %s',
    async (data) => {
      expect((await taught(`\x1b]4;${data}\x07`)).colors.filter((color) => color !== undefined)).toEqual([]);
    },
  );
});
