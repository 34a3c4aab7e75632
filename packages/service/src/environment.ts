/**
 * Reads settings from environment variables and a `.env` file, and reports every problem at once. Knows by name
 * only the settings that both servers have: each app's `config.ts` names its own.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { LOG_LEVELS, type LogLevel } from './logger.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment over the folder's `.env`. Throws a ConfigError when that is there and can't be read. */
export function loadEnvironment(folder: string, environment: Environment = process.env): Environment {
  const merged: Record<string, string | undefined> = { ...readEnvFile(join(folder, '.env')) };
  for (const [name, value] of Object.entries(environment)) {
    // Set but empty counts as unset, so it must not hide the file's value.
    if (value !== undefined && value !== '') merged[name] = value;
  }
  return merged;
}

function readEnvFile(file: string): Environment {
  if (!existsSync(file)) return {};
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError([
      `The file ${file} can't be read: ${error instanceof Error ? error.message : String(error)}.`,
    ]);
  }
}

/** Settings that can't be used: every problem in words, one a line. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Parley was not started, its settings need a change:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Reads one setting after another and collects what is wrong; `finish` throws it all as one ConfigError. */
export class SettingsReader {
  readonly #environment: Environment;
  readonly #problems = new Set<string>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The value as written, or undefined when unset or empty. */
  raw(name: string): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  string(name: string, fallback: string): string {
    return this.raw(name) ?? fallback;
  }

  integer(name: string, fallback: number, bounds: { min: number; max: number }): number {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    const number = Number(value);
    if (/^-?\d+$/.test(value) && number >= bounds.min && number <= bounds.max) return number;
    this.problem(`${name} is "${value}", but takes a whole number from ${bounds.min} to ${bounds.max}.`);
    return fallback;
  }

  choice<const Choice extends string>(name: string, fallback: Choice, choices: readonly Choice[]): Choice {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    const choice = choices.find((each) => each === value.toLowerCase());
    if (choice !== undefined) return choice;
    this.problem(`${name} is "${value}", but takes one of: ${choices.join(', ')}.`);
    return fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    return this.choice(name, fallback ? 'on' : 'off', ['on', 'off']) === 'on';
  }

  /**
   * A URL with one of the protocols (`http:`), or undefined when unset. Its value is not repeated: it may hold a password.
   * Without a host, `user@/…` is none to the standard; some name a Unix socket that way.
   */
  url(name: string, protocols: readonly string[], host: 'needed' | 'optional' = 'needed'): URL | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const readable = host === 'optional' ? value.replace('@/', '@localhost/') : value;
    const url = URL.canParse(readable) ? new URL(readable) : undefined;
    if (!protocols.some((each) => value.toLowerCase().startsWith(`${each}//`))) {
      this.problem(`${name} is no address that starts with ${protocols.map((each) => `${each}//`).join(' or ')}.`);
    } else if (url === undefined || isCutShort(url)) {
      const hint = value.includes('@') ? ' In its password / # ? @ and % must be percent-encoded, / as %2F.' : '';
      this.problem(`${name} can't be read as an address.${hint}`);
    } else {
      return url;
    }
    return undefined;
  }

  /** Where something is on the web, without a path: an http or https URL, or undefined when unset. */
  origin(name: string): URL | undefined {
    const url = this.url(name, ['http:', 'https:']);
    if (url === undefined || url.href === `${url.origin}/`) return url;
    this.problem(`${name} takes scheme, host and port alone, such as https://chat.example.org, and no path.`);
    return undefined;
  }

  list(name: string): string[] {
    return (this.raw(name) ?? '').split(/[\s,]+/).filter((item) => item !== '');
  }

  /** Adds a problem that only the caller can see. The same words twice count once: two apps may read one setting. */
  problem(text: string): void {
    this.#problems.add(text);
  }

  /** Throws a ConfigError when anything was wrong. Call it once, after the last setting is read. */
  finish(): void {
    if (this.#problems.size > 0) throw new ConfigError([...this.#problems]);
  }
}

/** Whether a / or # in the password was taken for the end of the host: what comes after it still has the @. */
const isCutShort = (url: URL): boolean => `${url.pathname}${url.hash}`.includes('@');

export interface ListenAddress {
  host: string;
  port: number;
}

/**
 * SERVER_HOST, for IPv6 with brackets or without, and SERVER_PORT or PORT; or both from CHAT_ADDR (`host:port`, `:port`,
 * `[v6]:port`).
 */
export function readListenAddress(settings: SettingsReader, fallback: ListenAddress): ListenAddress {
  const ports = { min: 0, max: 65_535 };
  const address = { ...fallback };
  const chatAddr = settings.raw('CHAT_ADDR');
  if (chatAddr !== undefined) {
    const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(chatAddr);
    const port = Number(match?.[3]);
    if (match === null || port > ports.max) {
      settings.problem(`CHAT_ADDR is "${chatAddr}", but takes host:port, such as 127.0.0.1:8080.`);
    } else {
      address.host = match[1] ?? (match[2] === '' ? '0.0.0.0' : (match[2] ?? fallback.host));
      address.port = port;
    }
  }
  const port = settings.raw('SERVER_PORT') === undefined ? 'PORT' : 'SERVER_PORT';
  return {
    host: settings.string('SERVER_HOST', address.host).replace(/^\[(.+)\]$/, '$1'),
    port: settings.integer(port, address.port, ports),
  };
}

/** CHAT_LOG: how much is logged. */
export const readLogLevel = (settings: SettingsReader): LogLevel => settings.choice('CHAT_LOG', 'info', LOG_LEVELS);

/** PUBLIC_URL: the address that people open. */
export const readPublicUrl = (settings: SettingsReader): URL | undefined => settings.origin('PUBLIC_URL');

/** TRUST_PROXY: proxies in front that are believed about addresses. */
export const readTrustProxy = (settings: SettingsReader): number =>
  settings.integer('TRUST_PROXY', 0, { min: 0, max: 16 });

/** ALLOWED_ORIGINS: more origins whose pages may open WebSockets and call the API. */
export function readAllowedOrigins(settings: SettingsReader): string[] {
  return settings.list('ALLOWED_ORIGINS').flatMap((item) => {
    const url = URL.canParse(item) ? new URL(item) : undefined;
    if (url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '') {
      return [url.origin];
    }
    settings.problem(`ALLOWED_ORIGINS has "${item}", but takes origins such as https://chat.example.org.`);
    return [];
  });
}

const MIN_SECRET_CHARACTERS = 32;

/** JWT_SECRET, or undefined when it is to be made. Its value is never repeated. */
export function readJwtSecret(settings: SettingsReader): string | undefined {
  const secret = settings.raw('JWT_SECRET');
  if (secret !== undefined && secret.length < MIN_SECRET_CHARACTERS) {
    settings.problem(`JWT_SECRET has ${secret.length} characters, but takes ${MIN_SECRET_CHARACTERS} or more.`);
  }
  return secret;
}
