import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { readCoreConfig } from '@parley/core';
import { readGatewayConfig } from '@parley/gateway';
import { type Environment, readListenAddress, SettingsReader } from '@parley/service';
import { expect, it } from 'vitest';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8');

it('.env.example and the document of the configuration name every setting that the programs read', () => {
  const sources = ['core', 'gateway'].map((app) => read(`apps/${app}/src/config.ts`)).join('\n');
  const listening = read('packages/service/src/environment.ts');
  const names = [...`${sources}${listening}`.matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g)].map(([, name = '']) => name);
  const example = read('.env.example');
  const table = read('docs/configuration.md');
  const settings = [...new Set(names)].filter((name) => name !== '' && !['EADDRINUSE', 'EACCES'].includes(name));
  expect(settings).toContain('SESSIONS_PER_TUI_PROCESS');
  expect(settings.filter((name) => !new RegExp(`^${name}=`, 'm').test(example))).toEqual([]);
  expect(settings.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
  // What the README says first must be there to be set, too.
  const first = [...read('README.md').matchAll(/^\| `([A-Z_]+)` /gm)].map(([, name = '']) => name);
  expect(first).toContain('DATABASE_URL');
  expect(first.filter((name) => !settings.includes(name))).toEqual([]);
});

it('.env.example has the defaults: with it everything is as without it', () => {
  const readAll = (environment: Environment): unknown => {
    const settings = new SettingsReader(environment);
    const address = readListenAddress(settings, { host: '127.0.0.1', port: 8080 });
    const read = { address, core: readCoreConfig(settings), gateway: readGatewayConfig(settings) };
    settings.finish();
    return read;
  };
  expect(readAll(parseEnv(read('.env.example')))).toEqual(readAll({}));
});
