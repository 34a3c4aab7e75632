/** The rooms' logs as the server keeps them, read from their beginning over HTTP. */
import type { RoomEvent } from '@parley/protocol';

const PAGE_EVENTS = 200;

/** Every event of a public room. */
export async function readLog(url: string, room: string): Promise<RoomEvent[]> {
  const events: RoomEvent[] = [];
  let before: number | undefined;
  for (;;) {
    const query = new URLSearchParams({ room, limit: String(PAGE_EVENTS), activity: 'off' });
    if (before !== undefined) query.set('before', String(before));
    const answer = await fetch(`${url}/api/history?${query}`);
    if (!answer.ok) throw new Error(`The history of ${room} was answered with ${answer.status}.`);
    const page = (await answer.json()) as { events: RoomEvent[]; more: boolean };
    events.unshift(...page.events);
    before = page.events[0]?.seq;
    if (!page.more || before === undefined) return events;
  }
}

/** Where a room's log ends. */
export async function readHead(url: string, room: string): Promise<number> {
  const query = new URLSearchParams({ room, limit: '1', activity: 'off' });
  const answer = await fetch(`${url}/api/history?${query}`);
  if (!answer.ok) throw new Error(`The history of ${room} was answered with ${answer.status}.`);
  return ((await answer.json()) as { events: RoomEvent[] }).events[0]?.seq ?? 0;
}
