/** What is typed while the connection is lost: kept for the session, or for the place, that it was meant for. */
import { describe, expect, it, vi } from 'vitest';
import { ConnectionBench } from './connection-bench.ts';

const bench = new ConnectionBench();
const { attach, held, last, lose, notices, waitForRetry } = bench;
const NOT_ALL = 'Not all that you typed without a connection could be kept.';

describe('what is typed after the connection was lost', () => {
  const type = (text: string): void => bench.connection.send(new TextEncoder().encode(text));
  const typed = (): string[] =>
    last()
      .sent.filter((data) => typeof data !== 'string')
      .map((data) => new TextDecoder().decode(data));
  const comeBack = (resumed: boolean): void => {
    waitForRetry();
    last().emit('open');
    last().control({ type: 'attached', resumed });
  };

  it('waits for the same session, in order, and is sent once', () => {
    attach();
    lose();
    for (const text of ['not ', 'at', '\x7f', '\x1b[D', '\r', '\x1b[200~a\nb\x1b[201~', 'ü🎉']) type(text);
    comeBack(true);
    expect(typed()).toEqual(['not ', 'at', '\x7f', '\x1b[D', '\r', '\x1b[200~a\nb\x1b[201~', 'ü🎉']);
    lose();
    comeBack(true);
    expect(typed()).toEqual([]);
  });

  it('is not what a terminal says by itself, nor a key that does something, nor more than a little', () => {
    attach();
    lose();
    for (const text of ['\x1b[I', '\x1b[?62;4c', '\x1b]11;rgb:0/0/0\x07', '\x1b[<0;3;4M', '\x03', '\x1b', '\x1b[6~'])
      type(text);
    comeBack(true);
    expect([typed(), notices]).toEqual([[], []]);
    lose();
    type('x'.repeat(1_000_000));
    comeBack(true);
    expect([typed(), notices]).toEqual([[], [NOT_ALL]]);
  });

  it('is told as it comes, with Backspace, and that there is no room for more', () => {
    attach();
    lose();
    for (const text of ['he', 'y', '\x7f', 'llo', '\x1b[D', '\r']) type(text);
    expect(held.at(-1)).toEqual(['hello\n', false]);
    type('x'.repeat(4090));
    type('after that it has no sense');
    expect(held.at(-1)).toEqual(['hello\n', true]);
    comeBack(true);
    expect(held.at(-1)).toEqual(['', false]);
    expect(notices).toEqual([NOT_ALL]);
  });

  describe('while its session is gone', () => {
    const LOST = ['What you typed without a connection is lost.'];
    const shows = (where: string | undefined): void => {
      bench.place = where;
      bench.connection.prompted();
    };
    /** Typed in the gap and after it, when there is a program and nothing of it is seen yet. */
    const loseSession = (): void => {
      attach();
      lose();
      for (const text of ['one', '\r', '\x1b[200~two\rlines\x1b[201~', '!?', '\x7f']) type(text);
      bench.place = undefined;
      comeBack(false);
      type(' more');
      type('\r');
    };

    it('waits for a program that shows the same place, and is text there: no key, and nothing that sends it', () => {
      loseSession();
      expect(typed()).toEqual([]);
      shows('#lobby · Parley');
      expect(typed()).toEqual(['\x1b[200~one\rtwo\rlines! more\x1b[201~']);
      expect(held.at(-1)).toEqual(['', false]);
      // From then on all is the program's.
      type('\r');
      shows('#lobby · Parley');
      vi.advanceTimersByTime(60_000);
      expect(typed().slice(1)).toEqual(['\r']);
      expect(notices).toEqual([]);
    });

    it('waits on through another loss, for the place and not for whatever program is there by then', () => {
      loseSession();
      lose();
      type(' and more');
      comeBack(true);
      expect(typed()).toEqual([]);
      shows('#lobby · Parley');
      expect(typed()).toEqual(['\x1b[200~one\rtwo\rlines! more\r and more\x1b[201~']);
    });

    it('keeps nothing from the program but what is typed', () => {
      loseSession();
      for (const text of ['\x1b[I', '\x1b', '\x0c']) type(text);
      expect(typed()).toEqual(['\x1b[I', '\x1b', '\x0c']);
    });

    it('is lost where the program has a form to fill in, and says so', () => {
      loseSession();
      shows('');
      expect([typed(), notices]).toEqual([[], LOST]);
      type('ada');
      expect(typed()).toEqual(['ada']);
    });

    it('is lost at another place, once that is no stop on the way', () => {
      loseSession();
      shows('direct · Parley');
      vi.advanceTimersByTime(900);
      shows('direct · Parley');
      expect(notices).toEqual([]);
      vi.advanceTimersByTime(100);
      expect([typed(), notices]).toEqual([[], LOST]);

      notices.length = 0;
      bench.place = '@bob · Parley';
      loseSession();
      shows('direct · Parley');
      shows('@bob · Parley');
      expect([typed().length, notices]).toEqual([1, []]);
    });

    it('is lost where it was for no place, such as a form or a popup', () => {
      bench.place = '';
      loseSession();
      shows('');
      expect([typed(), notices]).toEqual([[], LOST]);
    });

    it('is lost with a program that does not say where it is', () => {
      loseSession();
      vi.advanceTimersByTime(10_000);
      expect([typed(), notices]).toEqual([[], LOST]);
    });

    it('is no loss where there was nothing but keys', () => {
      attach();
      lose();
      for (const text of ['\r', '\x1b[A']) type(text);
      comeBack(false);
      shows('');
      expect([typed(), notices]).toEqual([[], []]);
    });
  });

  it('is for nobody where the session went on in another window', () => {
    attach();
    lose();
    type('hello');
    waitForRetry();
    last().control({ type: 'error', code: 'replaced', message: 'Elsewhere.' });
    bench.connection.retry();
    last().emit('open');
    last().control({ type: 'attached', resumed: true });
    expect(typed()).toEqual([]);
  });
});
