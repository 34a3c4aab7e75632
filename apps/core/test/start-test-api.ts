/** The HTTP API on a port of its own, on real parts, without WebSockets; and calls of it. */
import { createServer } from 'node:http';
import { createLogger } from '@parley/service';
import type { Store } from '@parley/store';
import { listen } from '@parley/testkit';
import express from 'express';
import { Accounts } from '../src/auth/accounts.ts';
import { PasswordHasher } from '../src/auth/password-hasher.ts';
import { tokenSecret } from '../src/auth/token-secret.ts';
import { LocalBus } from '../src/chat/bus.ts';
import { Chat } from '../src/chat/chat.ts';
import { localRateLimits, noRateLimits } from '../src/chat/rate-limit.ts';
import type { CoreConfig } from '../src/config.ts';
import { type ApiOptions, createApi } from '../src/http/api.ts';
import { Metrics } from '../src/metrics.ts';

export interface CallOptions {
  body?: unknown;
  token?: string | undefined;
  headers?: Record<string, string>;
}

/** An answer with its JSON, whose fields a test looks into; undefined where there is none. */
export interface Answer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

export type TestApi = Awaited<ReturnType<typeof startTestApi>>;

export async function startTestApi(
  store: Store,
  {
    rateLimits = false,
    // Stands still, so that a slow machine gives nothing back.
    limitClock = () => 0,
    ...settings
  }: Partial<ApiOptions['config'] & Pick<CoreConfig, 'rateLimits'> & { limitClock: () => number }> = {},
  /** `silent` where a test makes an error on purpose. */
  logLevel: 'error' | 'silent' = 'error',
) {
  const log = createLogger('test', logLevel);
  const secret = await tokenSecret(store);
  const hasher = new PasswordHasher();
  const accounts = new Accounts({ store, secret, hasher, log });
  const bus = new LocalBus({ replica: 'test', report: () => {} });
  const metrics = new Metrics();
  const config: ApiOptions['config'] = {
    publicUrl: undefined,
    allowedOrigins: [],
    trustProxy: 0,
    publicRead: true,
    stallSeconds: 300,
    version: '1.2.3',
    ...settings,
  };
  const makeLimit = rateLimits ? localRateLimits(limitClock) : noRateLimits;
  const chat = await Chat.open({
    store,
    bus,
    hasher,
    publicRead: config.publicRead,
    makeLimit,
    report: () => {},
    measured: (events, seconds) => metrics.committed(events, seconds),
  });
  const api = createApi({ config, store, accounts, chat, metrics, secret, makeLimit, makeLocalLimit: makeLimit, log });
  const app = express();
  app.use(api.router);
  app.use((_, response) => void response.send('the page'));
  const server = createServer(app);
  const listening = await listen(server);
  const { url } = listening;

  const call = async (method: string, path: string, options: CallOptions = {}): Promise<Answer> => {
    const { body, token } = options;
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  };

  return {
    url,
    server,
    accounts,
    hasher,
    chat,
    metrics,
    api,
    secret,
    call,
    get: (path: string, options?: CallOptions) => call('GET', path, options),
    post: (path: string, body: unknown, options?: CallOptions) => call('POST', path, { ...options, body }),
    async close(): Promise<void> {
      api.close();
      await listening.close();
      await chat.close();
      await accounts.close();
      await bus.close();
    },
  };
}
