/** When a message is worth a notification: it names them or is to them alone, and they don't see it come. */
import { type Hint, mentions, type MessageEvent, type Room } from '@parley/protocol';
import type { Effect } from './effects.ts';
import { listedRoom } from './open-room.ts';
import { labelOf, shownName } from './room-list.ts';
import type { ChatStage, Focus } from './state.ts';
import { type Step, step } from './step.ts';

type Notification = Extract<Effect, { do: 'notify' }>;

/** A flood of mentions is one notification. */
const NOTIFICATION_INTERVAL_MS = 2000;
const MAX_BODY_CHARACTERS = 160;

/** The notification for a message that came while its room was followed, or undefined when it is worth none. */
export function notificationForMessage(chat: ChatStage, event: MessageEvent, focus: Focus): Notification | undefined {
  const isShown = event.room === chat.active;
  if (event.from.id === chat.you.id || (focus === 'here' && isShown)) return undefined;
  const room = listedRoom(chat, event.room);
  const { nick } = event.from;
  // Where nobody can know whether one looks, a conversation on the screen would ring with each message.
  const ringsWithEach = room?.kind === 'direct' && !(focus === 'unknown' && isShown);
  if (ringsWithEach) return notification(nick, event.text);
  if (!mentions(event.text, chat.you.nick)) return undefined;
  return notification(room === undefined ? nick : `${nick} in ${shownName(room, room.room)}`, event.text);
}

/** The notification for a room that is not followed, in which someone names one. */
export function notificationForActivity(
  chat: ChatStage,
  { room: slug }: Extract<Hint, { room: string }>,
): Notification | undefined {
  const room = listedRoom(chat, slug);
  // A direct room notifies of each message.
  if (room?.kind === 'direct') return undefined;
  return notification(room === undefined ? slug : shownName(room, slug), 'You are mentioned there.');
}

/** The notification for direct rooms that are not followed, of which only the number of unread messages is known. */
export function notificationForRooms(before: readonly Room[], chat: ChatStage): Notification | undefined {
  // The first list is where one comes in, not what has happened.
  if (before.length === 0) return undefined;
  for (const room of chat.rooms) {
    if (room.kind !== 'direct' || room.unread === 0 || chat.open.has(room.room)) continue;
    const known = before.find((each) => each.room === room.room);
    if (room.unread <= (known?.unread ?? 0)) continue;
    return notification(
      labelOf(room),
      room.unread === 1 ? 'A new message for you.' : `${room.unread} new messages for you.`,
    );
  }
  return undefined;
}

/** The step with the notification, unless there was one just now or none is wanted. */
export function withNotification(
  from: Step<ChatStage>,
  wanted: Notification | undefined,
  now: number,
): Step<ChatStage> {
  const { stage, effects } = from;
  if (wanted === undefined || !stage.bell || now - stage.notifiedAt < NOTIFICATION_INTERVAL_MS) return from;
  return step({ ...stage, notifiedAt: now }, ...effects, wanted);
}

function notification(title: string, text: string): Notification {
  const body = text.replace(/\s+/gu, ' ').trim();
  return {
    do: 'notify',
    title,
    body: body.length > MAX_BODY_CHARACTERS ? `${body.slice(0, MAX_BODY_CHARACTERS - 1)}…` : body,
  };
}
