/**
 * The HTTP side of the core: every route of /api and /metrics under one guard, one parser and one error handler. What
 * the routes do is in the *-routes.ts files; who listens on a port is not known here.
 */
import express, { type RequestHandler, Router } from 'express';
import helmet from 'helmet';
import { TICKET_HEADER } from '@parley/protocol';
import type { Logger } from '@parley/service';
import type { Store } from '@parley/store';
import type { Accounts } from '../auth/accounts.ts';
import { addressKey, clientAddress, readTicket, strictTransport } from '@parley/service';
import type { Chat } from '../chat/chat.ts';
import type { MakeRateLimit } from '../chat/rate-limit.ts';
import type { CoreConfig } from '../config.ts';
import type { Metrics } from '../metrics.ts';
import { authRoutes } from './auth-routes.ts';
import { bearerToken } from './bearer-token.ts';
import { browserCookieRoutes } from './browser-cookie-routes.ts';
import { guardOrigins } from './cross-origin.ts';
import { answerErrors, answerNotFound } from './error-answers.ts';
import { EventStreams, eventStreamRoutes } from './event-stream-routes.ts';
import { Health } from './health.ts';
import { HttpLimits } from './http-limits.ts';
import { describeApi } from './openapi.ts';
import { roomRoutes } from './room-routes.ts';
import { type Route, tokenNeeded } from './route.ts';
import { systemRoutes } from './system-routes.ts';
import { terminalSessionRoutes } from './terminal-session-routes.ts';

const MAX_BODY = '64kb';

export interface ApiOptions {
  readonly config: Pick<
    CoreConfig,
    'publicUrl' | 'allowedOrigins' | 'trustProxy' | 'publicRead' | 'stallSeconds' | 'version'
  >;
  readonly store: Store;
  readonly accounts: Accounts;
  readonly chat: Chat;
  readonly metrics: Metrics;
  /** Verifies tickets; see `tokenSecret`. */
  readonly secret: Uint8Array;
  readonly makeLimit: MakeRateLimit;
  /** Makes limits that this process counts alone. */
  readonly makeLocalLimit: MakeRateLimit;
  readonly log: Logger;
}

export interface Api {
  /** Takes /api and /metrics; everything else falls through to whoever comes after. */
  readonly router: Router;
  /** Ends the event streams. */
  close(): void;
}

export function createApi(options: ApiOptions): Api {
  const { config, store, accounts, chat, metrics, log } = options;
  const limits = new HttpLimits(options.makeLimit, options.makeLocalLimit);
  const streams = new EventStreams();
  const { version, stallSeconds } = config;
  const serverUrl = config.publicUrl === undefined ? undefined : String(config.publicUrl);
  const routes: Route[] = [
    ...authRoutes({ accounts, limits, metrics }),
    ...roomRoutes({ accounts, chat, activity: store.activity }),
    ...eventStreamRoutes({ accounts, chat, limits, metrics, streams, stallSeconds }),
    ...terminalSessionRoutes({ accounts, terminals: store.terminals, limits }),
    ...browserCookieRoutes({ cookies: store.cookies, limits }),
  ];
  // Made once, by the first who asks: it is many milliseconds of this process, and anyone may ask.
  let made: unknown;
  const document = (): unknown => (made ??= describeApi(routes, { version, serverUrl }));
  routes.push(...systemRoutes({ health: new Health(() => store.ping()), metrics, version, document }));

  const call = caller(options);
  // A path has one spelling, so that a proxy in front that refuses /metrics refuses all of it.
  const router = Router({ caseSensitive: true, strict: true });
  const guards = [
    securityHeaders(config.publicUrl),
    keepOutOfCaches,
    guardOrigins(config),
    express.json({ limit: MAX_BODY }),
  ];
  router.use(['/api', '/metrics'], ...guards);
  for (const route of routes) {
    router[route.method](route.path.replaceAll(/\{(\w+)\}/g, ':$1'), call(route));
  }
  router.use('/api', answerNotFound);
  router.use(answerErrors(log));
  return { router, close: () => streams.close() };
}

/** Runs a route for a request: finds out who asks, and sends what the handler returns. */
function caller({ config, accounts, secret }: ApiOptions): (route: Route) => RequestHandler {
  return (route) => async (request, response) => {
    const ticket = await readTicket(secret, request.headers[TICKET_HEADER]);
    const address = addressKey(ticket ?? clientAddress(request, config.trustProxy));
    const token = route.access === 'anyone' ? undefined : bearerToken(request.headers);
    const viewer = token === undefined ? undefined : await accounts.authenticate(token);
    if (viewer === undefined && route.access === 'reader' && !config.publicRead) throw tokenNeeded();
    const body = await route.run({ viewer, address, request, response });
    if (body !== undefined) response.json(body);
  };
}

/** Answers depend on who asks and when. */
const keepOutOfCaches: RequestHandler = (_, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/** Answers are data, so nothing may run, be framed or be sniffed in them. */
function securityHeaders(publicUrl: URL | undefined): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: strictTransport(publicUrl),
    // Listed origins may read answers, which CORS decides.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  });
}
