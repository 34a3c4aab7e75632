import { EventEmitter } from 'node:events';
import { FakeClock } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import { inLobby, listOf, message, NOW, room } from '../../test/acting-client.ts';
import type { Action } from '../state/actions.ts';
import { type PlainEnd, PlainView } from './plain-view.ts';

const TIMEOUT_MS = 60_000;

/** The lines of a script on a client in the lobby; what is sent is answered when the test says so. */
class Script {
  readonly clock = new FakeClock();
  readonly client = inLobby();
  readonly input = new EventEmitter();
  readonly output = new EventEmitter();
  text = '';
  end: PlainEnd | undefined;
  #isSending = false;
  readonly #view: PlainView;

  constructor({ interactive = false } = {}) {
    const write = (text: string): boolean => (this.text += text) !== '';
    this.#view = new PlainView({
      input: this.input,
      output: Object.assign(this.output, { write }),
      interactive,
      clock: this.clock,
      isBusy: () => this.#isSending,
      onAction: (action) => this.act(action),
      onDone: (end) => (this.end = end),
    });
    this.#show();
  }

  act(...actions: Action[]): void {
    this.client.act(...actions);
    this.#isSending ||= this.client.effects.some((effect) => effect.do === 'send');
    this.#show();
  }

  /** The server has the line that is on its way. */
  answer(): void {
    this.#isSending = false;
    this.act({ type: 'pending', room: 'lobby', pending: [] });
  }

  type(...lines: readonly string[]): void {
    this.input.emit('data', lines.map((line) => `${line}\n`).join(''));
  }

  pipe(...lines: readonly string[]): void {
    this.type(...lines);
    this.input.emit('end');
  }

  #show(): void {
    this.#view.update(this.client.state);
    this.#view.settled();
  }
}

describe('lines of a script', () => {
  it('have their time each, after the input has ended', () => {
    const script = new Script();
    script.pipe('one', 'two', 'three');
    for (let sent = 0; sent < 3; sent += 1) {
      script.clock.advance(TIMEOUT_MS - 1);
      expect(script.end).toBeUndefined();
      script.answer();
    }
    expect(script.end).toBe('done');
  });

  it('that the server takes too long for are counted, the one that is on its way too', () => {
    const script = new Script();
    script.pipe('one', 'two', 'three');
    script.answer();
    script.clock.advance(TIMEOUT_MS);
    expect(script.text).toContain('-- 2 lines were not sent: the server took too long.\n');
    expect(script.end).toBe('failed');
  });

  it.each([
    ['a line waits', 'failed', (script: Script) => script.pipe('one', 'two', 'three')],
    ['a line is on its way', 'failed', (script: Script) => script.pipe('one')],
    ['there may be more', 'failed', () => {}],
    ['all are sent', 'done', (script: Script) => (script.pipe('one'), script.answer())],
  ] as const)('whose output is not read any more while %s: %s', (_when, end, before) => {
    const script = new Script();
    before(script);
    script.output.emit('error', new Error('EPIPE'));
    expect(script.end).toBe(end);
  });

  it('are answered in a room that one has come back to as they were before', () => {
    const script = new Script();
    const answers = (): number => script.text.split('-- The server answered in 3 ms.').length - 1;
    const ping = (): void => {
      script.act({ type: 'noted', tone: 'plain', words: 'The server answered in 3 ms.', keep: true, now: NOW });
    };
    const dev = room('dev');
    const opened = { room: dev, members: [], total: 0, events: [message(1, 'before', { room: 'dev' })], more: false };
    for (const times of [1, 2]) {
      script.act({ type: 'line', text: '/join dev', now: NOW }, { type: 'room.opened', opened, fresh: true });
      ping();
      expect(answers()).toBe(times);
      script.act(listOf(room('lobby')));
      expect(script.client.chat.open.has('dev')).toBe(false);
    }
  });
});

describe('what nobody has typed', () => {
  const sent = (script: Script): string[] =>
    script.client.effects.flatMap((effect) => (effect.do === 'send' ? [effect.text] : []));

  it('is sent as it is where it only looks like a command, also what looks like the end', () => {
    const script = new Script();
    const lines = ['/usr/bin/foo: failed', ':q', '//etc', 'next line'];
    script.pipe(...lines);
    for (const text of ['/usr/bin/foo: failed', ':q', '/etc', 'next line']) {
      expect(sent(script)).toEqual([text]);
      script.answer();
    }
    expect(script.end).toBe('done');
  });

  it('goes on after a line that can’t be done, and fails in the end', () => {
    for (const ending of [[], ['/quit', 'never sent']]) {
      const script = new Script();
      script.pipe('/nick', '/say nowhere hello', 'x'.repeat(3000), 'next line', ...ending);
      expect([script.end, sent(script)]).toEqual([undefined, ['next line']]);
      script.answer();
      expect(script.end).toBe('failed');
      expect(script.text).not.toContain('never sent');
      for (const words of ['Which nick?', 'You are not in nowhere', '952 bytes too long']) {
        expect(script.text).toContain(`-- ${words.startsWith('952') ? 'This is ' : ''}${words}`);
      }
    }
  });

  it('goes on after a message that was refused', () => {
    const script = new Script();
    script.pipe('one', 'two');
    const failed = { cid: 'c', text: 'one', state: 'failed', words: 'No.' } as const;
    script.act({ type: 'pending', room: 'lobby', pending: [failed] });
    script.answer();
    expect(script.text).toContain('-- Not sent: one (No.)');
    expect(sent(script)).toEqual(['two']);
    script.answer();
    expect(script.end).toBe('failed');
  });

  it.each([['/join'], ['/pm a/b'], ['/create a/b']])('does not go on where one was to go elsewhere: %s', (line) => {
    const script = new Script();
    script.pipe(line, 'for them alone');
    expect([script.end, sent(script)]).toEqual(['failed', []]);
    expect(script.text.trimEnd().split('\n').at(-1)).toBe('-- What follows was for there: it is not sent.');
  });

  it('does not go on where the room can’t be had', () => {
    const script = new Script();
    script.pipe('/join nowhere', 'for them alone');
    const words = 'There is no room called nowhere.';
    script.act({ type: 'room.refused', room: 'nowhere', code: 'room_not_found', words });
    expect([script.end, sent(script)]).toEqual(['failed', []]);
  });

  it('is what it is to a person who typed it', () => {
    const script = new Script({ interactive: true });
    script.type('/usr/bin/foo: failed');
    expect(script.text).toContain('-- There is no command /usr/bin/foo:.');
    expect(script.end).toBeUndefined();
  });
});

describe('people who are called otherwise now', () => {
  it('have a line each in the rooms that know them, as those have who come and go', () => {
    const script = new Script();
    const told = (id: string, nick: string): Action => {
      const users = [{ id, nick, online: true, guest: true }];
      return { type: 'hint', hint: { type: 'presence', room: 'lobby', users }, now: NOW };
    };
    script.act(told('2', 'bob'), told('3', 'cyd'));
    script.act(told('2', 'zed'));
    script.act(told('3', 'bob'), told('2', 'max'));
    const lines = script.text.split('\n').filter((line) => line.includes(' is now '));
    const words = ['bob is now zed.', 'cyd is now bob.', 'zed is now max.'];
    expect(lines.map((line) => line.replace(/^\d\d:\d\d /u, ''))).toEqual(words.map((each) => `#lobby ${each}`));
  });
});

describe('a message that is changed', () => {
  const at = new Date(NOW).toISOString();
  const from = { id: '2', nick: 'bob' };

  it('is shown to a person who comes in, also where nothing but changes came after it', () => {
    const script = new Script({ interactive: true });
    script.type('/join dev');
    const edits = [151, 152].map(
      (seq) => ({ type: 'message.edited', room: 'dev', seq, at, from, target: 150, text: 'done' }) as const,
    );
    const dev = room('dev', { lastSeq: 152, readSeq: 152 });
    const opened = { room: dev, members: [], total: 1, events: edits, more: true };
    script.act({ type: 'room.opened', opened, fresh: true });
    expect(script.client.effects).toEqual([{ do: 'page-older', room: 'dev', before: 151 }]);
    const status = message(150, 'done', { room: 'dev', editedAt: at });
    script.act({ type: 'paged', room: 'dev', before: 151, events: [status], more: false });
    expect(script.text).toContain('#dev bob: done (edited)');
  });

  it('has a line once more as it is then, if it had one before', () => {
    const script = new Script();
    script.act({ type: 'events', events: [message(3, 'teh tea'), message(4, 'never mind')], now: NOW });
    const before = script.text.length;
    script.act({
      type: 'events',
      events: [
        { type: 'message.edited', room: 'lobby', seq: 5, at, from, target: 1, text: 'never written here' },
        { type: 'message.edited', room: 'lobby', seq: 6, at, from, target: 3, text: 'the\n\x1b[31mtea' },
        { type: 'message.deleted', room: 'lobby', seq: 7, at, from, target: 4 },
      ],
      now: NOW,
    });
    const lines = script.text.slice(before).trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^\d\d:\d\d /u, ''))).toEqual([
      '#lobby bob: the',
      '  [31mtea (edited)',
      '#lobby bob: (deleted)',
    ]);
  });
});

describe('a person who waits for an answer', () => {
  it.each(['/quit', ':Q', '/exit now'])('need not wait to leave with %s', (line) => {
    const script = new Script({ interactive: true });
    script.type('one', line);
    expect(script.end).toBe('done');
  });

  it.each(['/quit-now', ':exit', '//quit'])('does not leave with %s, which is no command to', (line) => {
    const script = new Script({ interactive: true });
    script.type('one', line);
    expect(script.end).toBeUndefined();
    script.answer();
    expect(script.client.state.stage.name).toBe('chat');
  });
});
