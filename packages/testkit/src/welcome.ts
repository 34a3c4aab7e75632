/** Who the server says that a client is. */
import type { ServerMessage } from '@parley/protocol';
import type { RawClient } from './raw-client.ts';

type Welcome = Extract<ServerMessage, { type: 'welcome' }>;

export function welcomeOf(client: RawClient): Welcome {
  const welcome = client.messages.find((each) => each.type === 'welcome');
  if (welcome === undefined) throw new Error('There was no welcome.');
  return welcome;
}

/** What a guest comes back with; an account's client is given none. */
export const tokenOf = (client: RawClient): string | undefined => welcomeOf(client).token;

/** As the sender of events. */
export function youOf(client: RawClient): { id: string; nick: string } {
  const { id, nick } = welcomeOf(client).you;
  return { id, nick };
}
