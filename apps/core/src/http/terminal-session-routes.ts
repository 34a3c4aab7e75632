/**
 * What a browser tab comes back to. The key, made from a cookie that no script can read, is itself the capability:
 * whoever has it gets tokens for the user who saved under it. How much is kept for one user is bounded by the store.
 */
import {
  ChatError,
  HEX_64,
  type RestoredTerminalSession,
  terminalSessionSchema,
  terminalStateSchema,
} from '@parley/protocol';
import type { TerminalSessions } from '@parley/store';
import { z } from 'zod';
import { type Accounts, sessionEnded } from '../auth/accounts.ts';
import type { HttpLimits } from './http-limits.ts';
import { defineRoute, emptyAnswer, type Route } from './route.ts';

const params = z.object({ key: z.string().regex(HEX_64, 'is no key of 64 hexadecimal digits') });
const notFound = (): ChatError => new ChatError('not_found', 'Nothing is kept under this key.');

export function terminalSessionRoutes(parts: {
  accounts: Accounts;
  terminals: TerminalSessions;
  limits: HttpLimits;
}): Route[] {
  const { accounts, terminals, limits } = parts;
  return [
    defineRoute({
      method: 'get',
      path: '/api/terminal-sessions/{key}',
      summary: 'What is kept under the key, with fresh tokens for its user',
      access: 'anyone',
      params,
      answer: terminalSessionSchema,
      refusals: ['not_found', 'rate_limited'],
      handle: async ({ params: { key } }): Promise<RestoredTerminalSession> => {
        const found = await terminals.getWithUser(key);
        if (found === undefined) throw notFound();
        await limits.place(found.user.id);
        // A change of password in between would have missed the session that they name.
        const isKept = async (): Promise<boolean> => (await terminals.get(key))?.userId === found.user.id;
        const tokens = await accounts.tokensFor(found.user, isKept, notFound);
        const { userId: _, ...state } = found.kept;
        return { ...state, ...tokens };
      },
    }),
    defineRoute({
      method: 'put',
      path: '/api/terminal-sessions/{key}',
      summary: 'Keep a room, a scroll position and drafts under the key, in place of what was there',
      access: 'user',
      params,
      body: terminalStateSchema,
      answer: emptyAnswer,
      refusals: ['rate_limited'],
      handle: async ({ viewer, params: { key }, body }) => {
        await limits.place(viewer.id);
        await terminals.put(key, { ...body, userId: viewer.id });
        // A sign-out in between would have missed what was just put: look again, and take it back.
        if (!(await accounts.isLive(viewer))) {
          await terminals.remove(key);
          throw sessionEnded();
        }
        return {};
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/terminal-sessions/{key}',
      summary: 'Forget what one has kept under the key',
      access: 'user',
      params,
      answer: emptyAnswer,
      refusals: ['rate_limited'],
      handle: async ({ viewer, params: { key } }) => {
        await limits.place(viewer.id);
        const kept = await terminals.get(key);
        if (kept !== undefined && kept.userId !== viewer.id) throw notFound();
        await terminals.remove(key);
        return {};
      },
    }),
  ];
}
