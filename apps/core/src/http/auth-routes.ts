/** Registering, signing in and out. */
import {
  ChatError,
  accountTokensSchema,
  guestBodySchema,
  guestTokenSchema,
  loginBodySchema,
  logoutBodySchema,
  passwordBodySchema,
  refreshBodySchema,
  registerBodySchema,
} from '@parley/protocol';
import type { Accounts } from '../auth/accounts.ts';
import type { Metrics } from '../metrics.ts';
import { bearerToken } from './bearer-token.ts';
import type { HttpLimits } from './http-limits.ts';
import { defineRoute, emptyAnswer, type Route } from './route.ts';

export function authRoutes(parts: { accounts: Accounts; limits: HttpLimits; metrics: Metrics }): Route[] {
  const { accounts, limits, metrics } = parts;

  /** Counts how an attempt to sign in came out. */
  const counted = async <Result>(attempt: () => Promise<Result>): Promise<Result> => {
    try {
      const result = await attempt();
      metrics.signIn('ok');
      return result;
    } catch (error) {
      const code = error instanceof ChatError ? error.code : undefined;
      metrics.signIn(code === 'rate_limited' ? 'limited' : code === 'unauthorized' ? 'refused' : 'failed');
      throw error;
    }
  };

  return [
    defineRoute({
      method: 'post',
      path: '/api/auth/register',
      summary: 'Make an account and sign in',
      access: 'anyone',
      body: registerBodySchema,
      answer: accountTokensSchema,
      refusals: ['nick_taken', 'rate_limited'],
      handle: ({ body, address }) =>
        counted(async () => {
          await limits.entry(address);
          return accounts.register(body, address);
        }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/auth/login',
      summary: 'Sign in to an account',
      access: 'anyone',
      body: loginBodySchema,
      answer: accountTokensSchema,
      refusals: ['unauthorized', 'rate_limited'],
      handle: ({ body, address }) =>
        counted(async () => {
          await limits.signIn(address, body.nick);
          return accounts.login(body, address);
        }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/auth/guest',
      summary: 'Become a guest; the nick is kept for 15 seconds, and from then on while connected',
      access: 'anyone',
      body: guestBodySchema,
      answer: guestTokenSchema,
      refusals: ['nick_taken', 'rate_limited'],
      handle: async ({ body, address }) => {
        await limits.entry(address);
        const { you, token } = await accounts.guest(body.nick);
        return { you, token };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/auth/refresh',
      summary: 'Get the next pair of tokens; the refresh token before it works for 60 seconds more',
      access: 'anyone',
      body: refreshBodySchema,
      answer: accountTokensSchema,
      refusals: ['unauthorized', 'rate_limited'],
      handle: async ({ body, address }) => {
        await limits.entry(address);
        return accounts.refresh(body.refreshToken);
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/auth/logout',
      summary: "Sign out: the session of the bearer token, or of the body's refresh token, ends everywhere",
      access: 'anyone',
      body: logoutBodySchema,
      answer: emptyAnswer,
      refusals: ['unauthorized'],
      handle: async ({ body, request }) => {
        // The refresh token first: it is good for signing out when the bearer token beside it has run out.
        if (body.refreshToken !== undefined) {
          await accounts.logoutByRefreshToken(body.refreshToken);
          return {};
        }
        const token = bearerToken(request.headers);
        if (token === undefined) throw new ChatError('unauthorized', 'Signing out takes a token.');
        const { sessionId, id: userId } = await accounts.authenticate(token);
        await accounts.logout({ sessionId, userId });
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/auth/password',
      summary: "Change one's password; the account's other sessions end",
      access: 'user',
      body: passwordBodySchema,
      answer: emptyAnswer,
      refusals: ['forbidden', 'rate_limited'],
      handle: ({ viewer, body, address }) =>
        counted(async () => {
          await limits.signIn(address, viewer.nick);
          await accounts.changePassword(viewer, { current: body.password, next: body.newPassword });
          return {};
        }),
    }),
  ];
}
