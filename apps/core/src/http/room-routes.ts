/** Rooms over HTTP: the list, history, and sending. The rules are Chat's. */
import { randomUUID } from 'node:crypto';
import {
  historyQuerySchema,
  historyResponseSchema,
  roomNameSchema,
  roomsResponseSchema,
  sendBodySchema,
  sentSchema,
} from '@parley/protocol';
import type { ActivityLog } from '@parley/store';
import { z } from 'zod';
import type { Accounts } from '../auth/accounts.ts';
import type { Chat, HistoryRequest } from '../chat/chat.ts';
import { mergeActivity } from './activity-merge.ts';
import { defineRoute, type Route } from './route.ts';

export function roomRoutes(parts: { accounts: Accounts; chat: Chat; activity: ActivityLog }): Route[] {
  const { accounts, chat, activity } = parts;
  return [
    defineRoute({
      method: 'get',
      path: '/api/rooms',
      summary: 'The rooms that one may see: public ones and, with a token, those one is a member of or invited to',
      access: 'reader',
      answer: roomsResponseSchema,
      refusals: ['rate_limited'],
      handle: async ({ viewer, address }) => ({ rooms: await chat.listRooms(viewer, address) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/history',
      summary: 'A page of a room, ascending: the newest, or what is before or after a seq',
      access: 'reader',
      query: historyQuerySchema,
      answer: historyResponseSchema,
      refusals: ['room_not_found', 'not_a_member'],
      handle: async ({ viewer, query, address }) => {
        const { activity: withActivity, ...request } = query;
        const history = (each: HistoryRequest) => chat.history(viewer, each, address);
        const page = await history(request);
        if (withActivity === 'off') return page;
        const between: ActivityLog['between'] = (span) => chat.pages.read(address, () => activity.between(span));
        return mergeActivity({ page, request, history, activity: { between } });
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/rooms/{room}/messages',
      summary: 'Send a message; the same cid again answers the same and adds nothing',
      access: 'user',
      params: z.object({ room: roomNameSchema }),
      body: sendBodySchema,
      answer: sentSchema,
      refusals: ['room_not_found', 'not_a_member', 'nick_taken', 'too_long', 'rate_limited'],
      handle: async ({ viewer, params, body }) => {
        await accounts.borrowNick(viewer);
        const cid = body.cid ?? randomUUID();
        const { room, seq, at } = await chat.send(viewer, { ...body, room: params.room, cid });
        return { room, seq, at, cid };
      },
    }),
  ];
}
