import { ConfigError, SettingsReader } from '@parley/service';
import { expect, it } from 'vitest';
import { readCoreConfig } from './config.ts';

function read(environment: Record<string, string>) {
  const settings = new SettingsReader(environment);
  const config = readCoreConfig(settings);
  settings.finish();
  return config;
}

it('has defaults for everything', () => {
  expect(read({})).toMatchObject({
    databaseUrl: undefined,
    dataDir: './data',
    logLevel: 'info',
    roomBuffer: 128,
    publicUrl: undefined,
    allowedOrigins: [],
    trustProxy: 0,
    publicRead: true,
    rateLimits: true,
    stallSeconds: 300,
    jwtSecret: undefined,
  });
});

it('takes DB_URL where DATABASE_URL is not set, or empty', () => {
  expect(read({ DB_URL: 'postgres://b' }).databaseUrl).toBe('postgres://b');
  expect(read({ DATABASE_URL: '', DB_URL: 'postgres://b' }).databaseUrl).toBe('postgres://b');
  expect(read({ DATABASE_URL: 'postgres://a', DB_URL: 'postgres://b' }).databaseUrl).toBe('postgres://a');
});

it('takes REDIS_URL, for which there must be a Postgres to share', () => {
  const environment = { DATABASE_URL: 'postgres://a', REDIS_URL: 'rediss://:secret@redis:6380' };
  expect(read(environment).redisUrl).toBe('rediss://:secret@redis:6380');
  expect(read({}).redisUrl).toBeUndefined();
  expect(() => read({ REDIS_URL: 'redis://redis' })).toThrow('there is no DATABASE_URL');
  expect(() => read({ ...environment, REDIS_URL: 'http://redis' })).toThrow('REDIS_URL');
});

it('takes origins as a list', () => {
  const { allowedOrigins } = read({ ALLOWED_ORIGINS: 'https://a.example, http://b.example:8080/' });
  expect(allowedOrigins).toEqual(['https://a.example', 'http://b.example:8080']);
});

it('tells every problem at once, without repeating secrets', () => {
  const environment = {
    DATABASE_URL: 'mysql://ada:hunter2@host/db',
    CHAT_LOG: 'loud',
    CHAT_ROOM_BUFFER: '0',
    PUBLIC_URL: 'chat.example',
    ALLOWED_ORIGINS: 'https://a.example/path',
    TRUST_PROXY: 'yes',
    PUBLIC_READ: 'maybe',
    RATE_LIMITS: '1',
    STALL_SECONDS: '-5',
    JWT_SECRET: 'hello',
  };
  const problems = (() => {
    try {
      read(environment);
      return 'none';
    } catch (error) {
      return error instanceof ConfigError ? error.message : String(error);
    }
  })();
  for (const name of Object.keys(environment)) expect(problems).toContain(name);
  expect(problems).not.toMatch(/hunter2|hello/);
});
