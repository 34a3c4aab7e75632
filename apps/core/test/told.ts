/** What a client has been told, and what it has not. */
import type { AnyMessage, RawClient } from '@parley/testkit';
import { expect } from 'vitest';

interface You {
  id: string;
  nick: string;
}

/** Who the server says that the client is. */
export function youOf(client: RawClient): You {
  const welcome = client.messages.find((each) => each.type === 'welcome');
  if (welcome?.type !== 'welcome') throw new Error('There was no welcome.');
  return { id: welcome.you.id, nick: welcome.you.nick };
}

export const tokenOf = (client: RawClient): unknown =>
  (client.messages.find((each) => each.type === 'welcome') as AnyMessage).token;

/** Nothing that matches has come by the time a ping has been answered. */
export async function heardNothing(client: RawClient, match: Parameters<RawClient['unread']>[0]): Promise<void> {
  await client.request({ type: 'ping' });
  expect(client.unread(match)).toEqual([]);
}
