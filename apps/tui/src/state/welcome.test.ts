import type { ConnectionState } from '@parley/client';
import { describe, expect, it } from 'vitest';
import { Client, message, NOW, online, you } from '../../test/acting-client.ts';
import { placeWelcome } from '../layout/welcome-layout.ts';

describe('the welcome screen', () => {
  it('asks for the server when none was given', () => {
    const client = new Client({ server: undefined });
    expect(client.state.stage).toMatchObject({ step: 'server', focus: 'server' });
    client.press('ctrl+u').type('chat.example.org');
    expect(client.press('enter').effects).toEqual([{ do: 'check-server', address: 'https://chat.example.org' }]);
    client.act({ type: 'server.answered', server: 'https://chat.example.org' });
    expect(client.state.stage).toMatchObject({ step: 'person', focus: 'nick' });
  });

  it('suggests a server, which what is typed takes the place of, and the editor’s keys edit', () => {
    const asked = (client: Client): unknown => client.press('enter').effects;
    const start = (): Client => new Client({ server: undefined });
    const checks = (address: string): unknown => [{ do: 'check-server', address }];
    expect(asked(start())).toEqual(checks('http://127.0.0.1:8080'));
    expect(asked(start().type('c').type('hat.example.org'))).toEqual(checks('https://chat.example.org'));
    expect(asked(start().press('tab', 'shift+tab').type('chat.example.org'))).toEqual(
      checks('https://chat.example.org'),
    );
    expect(asked(start().press('backspace').type('1'))).toEqual(checks('http://127.0.0.1:8081'));
    expect(start().press('end').type('1').state.stage).toMatchObject({
      fields: { server: { text: 'http://127.0.0.1:80801' } },
    });
  });

  it('says that an address is none', () => {
    const client = new Client({ server: undefined }).press('ctrl+u').type('not an address').press('enter');
    expect(client.state.stage).toMatchObject({ progress: { name: 'failed' }, focus: 'server' });
  });

  it('enters as a guest with Enter', () => {
    expect(new Client().enter('ada').effects).toEqual([
      { do: 'enter', server: 'http://parley.test', entrance: { as: 'guest', nick: 'ada', password: '' } },
    ]);
  });

  it('enters by a click on the button, with the left one alone', () => {
    const client = new Client().type('ada');
    const { stage, size } = client.state;
    if (stage.name !== 'welcome') throw new Error(`The stage is ${stage.name}.`);
    const { x, y } = placeWelcome(size, stage).button;
    expect(client.click(x, y, 'right').effects).toEqual([]);
    expect(client.click(x, y, 'middle').effects).toEqual([]);
    expect(client.click(x, y).effects).toMatchObject([{ do: 'enter', entrance: { as: 'guest', nick: 'ada' } }]);
  });

  it('says what is wrong with a nick, in place', () => {
    const client = new Client().enter('a b');
    expect(client.state.stage).toMatchObject({ focus: 'nick', progress: { name: 'failed' } });
    expect(client.effects).toEqual([]);
  });

  it('registers when both passwords are the same, and long enough', () => {
    const client = new Client().press('shift+tab', 'right', 'right', 'enter').type('ada').press('tab').type('short');
    client.press('tab').type('short').press('enter');
    expect(client.state.stage).toMatchObject({ mode: 'register', focus: 'password', progress: { name: 'failed' } });
    client.press('ctrl+u').type('long enough').press('tab', 'ctrl+u').type('long enougH').press('enter');
    expect(client.state.stage).toMatchObject({
      focus: 'repeat',
      fields: { password: { text: 'long enough' }, repeat: { text: '' } },
      progress: { name: 'failed' },
    });
    client.type('long enough').press('enter');
    expect(client.effects).toMatchObject([{ do: 'enter', entrance: { as: 'register', password: 'long enough' } }]);
  });

  it('walks through its fields with Tab and back with Shift+Tab', () => {
    const client = new Client();
    const focus = () => (client.state.stage.name === 'welcome' ? client.state.stage.focus : undefined);
    expect([focus(), client.press('tab') && focus(), client.press('tab') && focus()]).toEqual(['nick', 'go', 'mode']);
    expect(client.press('shift+tab') && focus()).toBe('go');
  });

  it('enters a link’s nick at once, and says when it is taken', () => {
    const client = new Client({ hosted: true, nick: 'ada' });
    expect(client.effects).toMatchObject([{ do: 'enter', entrance: { as: 'guest', nick: 'ada' } }]);
    const refused: ConnectionState = { name: 'refused', code: 'nick_taken', message: 'taken' };
    client.act({ type: 'connection', connection: refused, now: NOW });
    expect(client.state.stage).toMatchObject({
      focus: 'nick',
      fields: { nick: { text: 'ada' } },
      progress: {
        name: 'failed',
        words: 'ada is taken here. Take another, or sign in. A guest’s is soon free again.',
      },
    });
  });

  it('takes the next password after a wrong one, and keeps the nick', () => {
    const client = new Client().press('right').type('ada').press('tab').type('wrong').press('enter');
    expect(client.effects).toMatchObject([{ do: 'enter', entrance: { as: 'sign-in', password: 'wrong' } }]);
    client.act({ type: 'welcome.failed', words: 'Nick or password is wrong.' });
    expect(client.state.stage).toMatchObject({ focus: 'password', fields: { password: { text: '' } } });
    client.press('ctrl+_', 'ctrl+y').type('right').press('enter');
    expect(client.effects).toMatchObject([{ do: 'enter', entrance: { nick: 'ada', password: 'right' } }]);
  });

  it('keeps the new passwords where the nick is what was wrong', () => {
    const client = new Client().press('right', 'right').type('ada').press('tab').type('long enough').press('tab');
    client.type('long enough').press('enter').act({ type: 'welcome.failed', words: 'The nick ada is taken.' });
    expect(client.state.stage).toMatchObject({ focus: 'nick', fields: { password: { text: 'long enough' } } });
  });

  it('opens a link’s room after the welcome', () => {
    const client = new Client({ room: 'dev' }).act({ type: 'connection', connection: online, now: NOW });
    expect(client.effects).toEqual([{ do: 'open-room', room: 'dev', password: undefined }]);
  });

  it('goes from one way of coming in to the next with the arrows, on the tabs and where the nick is empty', () => {
    const client = new Client().press('right');
    expect(client.state.stage).toMatchObject({ mode: 'sign-in', focus: 'nick' });
    expect(client.press('right').type('ada').press('left').state.stage).toMatchObject({ mode: 'register' });
    expect(client.press('shift+tab', 'left').state.stage).toMatchObject({ mode: 'sign-in', focus: 'mode' });
  });

  it('leaves with Esc twice, or Ctrl+C once', () => {
    expect(new Client().press('escape').state.stage.name).toBe('welcome');
    expect(new Client().press('escape', 'escape').effects).toEqual([{ do: 'exit' }]);
    expect(new Client().press('ctrl+c').effects).toEqual([{ do: 'exit' }]);
  });

  it('takes Ctrl+C for Esc in a browser, where it may be meant to copy', () => {
    const client = new Client({ hosted: true }).press('ctrl+c');
    expect(client.state.stage).toMatchObject({ name: 'welcome', progress: { name: 'leaving' } });
    expect(client.press('ctrl+c').effects).toEqual([{ do: 'exit' }]);
  });

  it.each(['/quit', '/q', '/exit', ':q', ':quit', '/QUIT'])('leaves with the line %s, which is no nick', (text) => {
    expect(new Client().act({ type: 'line', text, now: NOW }).effects).toEqual([{ do: 'exit' }]);
  });

  it('gives up entering with Esc', () => {
    const client = new Client().enter('ada');
    expect(client.press('escape').effects).toEqual([{ do: 'stop-entering' }]);
    expect(client.state.stage).toMatchObject({ progress: { name: 'ready' } });
  });

  it('looks for a session before it asks', () => {
    const client = new Client({ hosted: true, restores: true, nick: 'eve' });
    expect(client.effects).toEqual([{ do: 'find-session' }]);
    const drafts = new Map([['dev', { text: 'half a', cursor: 6 }]]);
    client.act({ type: 'session.found', you, room: 'dev', drafts, anchor: 7 });
    client.act({ type: 'connection', connection: online, now: NOW });
    expect(client.chat.active).toBe('dev');
    expect(client.draft).toBe('half a');
    client.opened('dev', { lastSeq: 20, readSeq: 20 }, [message(20, 'm', { room: 'dev' })]);
    expect(client.effects).toContainEqual({ do: 'scroll', move: { seq: 7 } });
  });

  it('enters the link’s nick when there is no session', () => {
    const client = new Client({ hosted: true, restores: true, nick: 'eve' }).act({ type: 'session.missing' });
    expect(client.effects).toMatchObject([{ do: 'enter', entrance: { nick: 'eve' } }]);
  });
});
