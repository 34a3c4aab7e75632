import { describe, expect, it } from 'vitest';
import { readTuiConfig } from './config.ts';

describe('the program’s arguments', () => {
  it('may be none', () => {
    expect(readTuiConfig([], {})).toMatchObject({ kind: 'config', config: { hosted: false, server: undefined } });
  });

  it('are a server address, a room and a nick', () => {
    expect(readTuiConfig(['chat.example.org', '--room', '#dev', '--nick=ada'], {})).toMatchObject({
      config: { server: 'https://chat.example.org', room: '#dev', nick: 'ada' },
    });
  });

  it('may ask for lines of text', () => {
    expect(readTuiConfig(['--plain'], {})).toMatchObject({ config: { plain: true } });
    expect(readTuiConfig(['--plain', '--hosted'], { PARLEY_SERVER: 'http://127.0.0.1:1' })).toMatchObject({
      config: { plain: false },
    });
  });

  it('may ask for a theme', () => {
    expect(readTuiConfig([], {})).toMatchObject({ config: { theme: 'auto' } });
    expect(readTuiConfig(['--theme', 'light'], {})).toMatchObject({ config: { theme: 'light' } });
    expect(readTuiConfig(['--theme=dark'], { PARLEY_THEME: 'light' })).toMatchObject({ config: { theme: 'dark' } });
  });

  it('are refused in words when they make no sense', () => {
    for (const args of [
      ['--what'],
      ['a.example', 'b.example'],
      ['--room'],
      ['--theme'],
      ['--theme', 'blue'],
      ['not an address'],
    ]) {
      expect(readTuiConfig(args, {})).toMatchObject({ kind: 'problem', words: expect.stringContaining('Usage') });
    }
  });

  it('come from the environment in the gateway, and from there only', () => {
    const key = 'a'.repeat(64);
    const environment = {
      PARLEY_SERVER: 'http://127.0.0.1:1',
      PARLEY_ROOM: 'dev',
      PARLEY_NICK: '',
      PARLEY_SESSION: key,
      PARLEY_FRESH: '1',
      PARLEY_TICKET: 't',
      PARLEY_THEME: 'light',
    };
    expect(readTuiConfig(['--hosted'], environment)).toEqual({
      kind: 'config',
      config: {
        hosted: true,
        server: 'http://127.0.0.1:1',
        room: 'dev',
        nick: undefined,
        sessionKey: key,
        fresh: true,
        ticket: 't',
        theme: 'light',
        colors: 'truecolor',
        plain: false,
      },
    });
    expect(readTuiConfig([], environment)).toMatchObject({ config: { server: undefined, sessionKey: undefined } });
    expect(readTuiConfig(['--hosted'], {})).toMatchObject({ kind: 'problem' });
  });
});
