/** What the welcome screen says, as it is read on a small screen. */
import { MAX_NICK_CHARACTERS } from '@parley/protocol';
import { describe, expect, it } from 'vitest';
import { NOW } from '../../test/acting-client.ts';
import { ViewBench } from '../../test/view-bench.ts';

describe('that a nick is taken', () => {
  it.each([
    [80, 24],
    [40, 12],
  ])('can be read to its end at %d×%d, whatever the nick is', async (cols, rows) => {
    for (const nick of ['zoe', 'guest12345', 'x'.repeat(MAX_NICK_CHARACTERS)]) {
      const bench = new ViewBench({ cols, rows }, 'auto', { hosted: true, nick });
      const refused = { name: 'refused', code: 'nick_taken', message: 'taken' } as const;
      bench.act({ type: 'started', now: NOW }, { type: 'connection', connection: refused, now: NOW });
      const text = (await bench.cells()).map((row) => row.join('').trim()).join(' ');
      expect(text.replaceAll(/\s+/gu, ' ')).toContain(
        `${nick} is taken here. Take another, or sign in. A guest’s is soon free again.`,
      );
      bench.close();
    }
  });
});
