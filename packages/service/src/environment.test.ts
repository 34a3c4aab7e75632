import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, loadEnvironment, readListenAddress, SettingsReader } from './environment.ts';

const fallback = { host: '127.0.0.1', port: 8080 };
const listen = (environment: Record<string, string>) => {
  const settings = new SettingsReader(environment);
  const address = readListenAddress(settings, fallback);
  settings.finish();
  return address;
};

const caught = (run: () => void): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('loadEnvironment', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'parley-env-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads .env under the environment', () => {
    writeFileSync(join(folder, '.env'), 'PORT=1\nDATA_DIR="./some where" # comment\n');
    expect(loadEnvironment(folder, { PORT: '2' })).toEqual({ PORT: '2', DATA_DIR: './some where' });
  });

  it('takes a variable that is set but empty for unset, so that .env shows through', () => {
    writeFileSync(join(folder, '.env'), 'PORT=1\n');
    expect(loadEnvironment(folder, { PORT: '' })).toEqual({ PORT: '1' });
  });

  it('names a .env that can not be read', () => {
    mkdirSync(join(folder, '.env'));
    const thrown = caught(() => loadEnvironment(folder, {}));
    expect(thrown).toBeInstanceOf(ConfigError);
    expect(thrown).toMatchObject({ problems: [expect.stringMatching(/^The file .*\/\.env can't be read: EISDIR/)] });
  });

  it('does without a .env', () => {
    expect(loadEnvironment(folder, { A: 'b' })).toEqual({ A: 'b' });
  });
});

describe('SettingsReader', () => {
  /** What is said of one setting. */
  const problemsOf = (read: (settings: SettingsReader) => unknown, value: string): readonly string[] => {
    const settings = new SettingsReader({ URL: value });
    read(settings);
    return (caught(() => settings.finish()) as ConfigError | undefined)?.problems ?? [];
  };

  it.each([
    'postgres://parley:abc/def+gh=@host/chat',
    'postgres://parley:12/3@host/chat',
    'postgres://parley:12#3@host/chat',
    'postgres://parley:a?b@host/chat',
    'postgres://parley:a@/b@host/chat',
  ])('says of %s how a password is written, and does not repeat it', (value) => {
    expect(problemsOf((settings) => settings.url('URL', ['postgres:'], 'optional'), value)).toEqual([
      "URL can't be read as an address. In its password / # ? @ and % must be percent-encoded, / as %2F.",
    ]);
  });

  it('takes an address of a socket, which has no host, where that is one', () => {
    const value = 'postgres://parley:secret@/chat?host=/run/postgresql';
    expect(problemsOf((settings) => settings.url('URL', ['postgres:'], 'optional'), value)).toEqual([]);
    expect(problemsOf((settings) => settings.url('URL', ['postgres:']), value)).toHaveLength(1);
  });

  it.each(['https://chat.example.org', 'http://core:8080/', 'http://[::1]:8080'])('takes %s for an origin', (value) => {
    expect(problemsOf((settings) => settings.origin('URL'), value)).toEqual([]);
  });

  it.each(['https://a.example/chat', 'https://a.example?x', 'https://a.example/#x', 'https://ada:x@a.example'])(
    'says of %s that there is more to it than an origin',
    (value) => {
      expect(problemsOf((settings) => settings.origin('URL'), value)).toEqual([
        'URL takes scheme, host and port alone, such as https://chat.example.org, and no path.',
      ]);
    },
  );

  it('reports every problem in one error, in words', () => {
    const settings = new SettingsReader({ MAX: '12x', MODE: 'loud', FLAG: 'maybe', URL: 'postgres:secret' });
    expect(settings.integer('MAX', 5, { min: 1, max: 10 })).toBe(5);
    settings.choice('MODE', 'soft', ['soft', 'hard']);
    settings.flag('FLAG', true);
    settings.url('URL', ['http:', 'https:']);
    settings.problem('And one more.');
    settings.problem('And one more.');
    const thrown = caught(() => settings.finish());
    expect(thrown).toBeInstanceOf(ConfigError);
    expect(thrown).toMatchObject({
      problems: [
        'MAX is "12x", but takes a whole number from 1 to 10.',
        'MODE is "loud", but takes one of: soft, hard.',
        'FLAG is "maybe", but takes one of: on, off.',
        'URL is no address that starts with http:// or https://.',
        'And one more.',
      ],
    });
  });

  it('falls back where a setting is unset or blank', () => {
    const settings = new SettingsReader({ MAX: ' ', FLAG: 'OFF', LIST: 'a, b c' });
    expect(settings.integer('MAX', 5, { min: 1, max: 10 })).toBe(5);
    expect(settings.flag('FLAG', true)).toBe(false);
    expect(settings.list('LIST')).toEqual(['a', 'b', 'c']);
    expect(settings.url('URL', ['http:'])).toBeUndefined();
    settings.finish();
  });
});

describe('readListenAddress', () => {
  it.each([
    [{}, fallback],
    [{ PORT: '9000' }, { host: '127.0.0.1', port: 9000 }],
    [
      { PORT: '9000', SERVER_PORT: '9001' },
      { host: '127.0.0.1', port: 9001 },
    ],
    [{ CHAT_ADDR: '0.0.0.0:7000' }, { host: '0.0.0.0', port: 7000 }],
    [{ CHAT_ADDR: ':7000' }, { host: '0.0.0.0', port: 7000 }],
    [{ CHAT_ADDR: '[::1]:7000' }, { host: '::1', port: 7000 }],
    [{ SERVER_HOST: '[::1]' }, { host: '::1', port: 8080 }],
    [{ SERVER_HOST: '::1' }, { host: '::1', port: 8080 }],
    [
      { CHAT_ADDR: 'a:7000', SERVER_HOST: 'b', SERVER_PORT: '1' },
      { host: 'b', port: 1 },
    ],
  ])('reads %j', (environment, expected) => {
    expect(listen(environment)).toEqual(expected);
  });

  it.each([{ CHAT_ADDR: 'nowhere' }, { CHAT_ADDR: 'a:99999' }, { PORT: '65536' }, { SERVER_PORT: '-1' }])(
    'refuses %j',
    (environment) => {
      expect(() => listen(environment)).toThrow(ConfigError);
    },
  );
});
