/**
 * Rooms that are shown before the server has said which they are: one that is being made, a direct one asked for by nick.
 * A place of its own stands for such a room, so that what is written meanwhile is for it and never sent where one was.
 */
import { foldName, type Room } from '@parley/protocol';
import type { ActionOf } from './actions.ts';
import type { Effect } from './effects.ts';
import { loadingRoom } from './open-room.ts';
import { withDraftMoved } from './room-drafts.ts';
import { askedPlace, labelOf } from './room-list.ts';
import { showRoom } from './room-opening.ts';
import type { ChatStage } from './state.ts';
import { type Step, step } from './step.ts';

/** Has a room made, and shows it at once; unless there is one of that name here, which the server will say. */
export function createRoom(chat: ChatStage, asked: Omit<Extract<Effect, { do: 'create-room' }>, 'do' | 'place'>): Step {
  const isKnown = [...chat.rooms.map(({ room }) => room), ...chat.open.keys()].some(
    (name) => foldName(name) === foldName(asked.room),
  );
  if (isKnown) return step(chat, { do: 'create-room', ...asked, place: undefined });
  return showPlace(chat, asked.room, { do: 'create-room', ...asked, place: asked.room });
}

/** Opens the direct room with whoever has the nick now: that is for the server to know, whatever rooms there are. */
export function openDirect(chat: ChatStage, nick: string, text: string | undefined): Step {
  const place = askedPlace(nick);
  return showPlace(chat, place, { do: 'open-direct', nick, text, place });
}

/** The closed conversation that was asked for by a nick which nobody has any more: guests give theirs back. */
export function closedBehind(chat: ChatStage, { room: place, code }: ActionOf<'room.refused'>): Room | undefined {
  if (code !== 'not_found') return undefined;
  return [...chat.closed.values()].find((room) => foldName(askedPlace(labelOf(room))) === foldName(place));
}

function showPlace(chat: ChatStage, place: string, asked: Effect): Step {
  const { stage, effects } = showRoom(chat, place);
  const open = new Map(stage.open).set(place, { ...loadingRoom(place), asked });
  return step({ ...stage, open }, ...effects.filter((each) => each.do !== 'open-room'), asked);
}

/** The room is there: it takes the place that stood for it, with what was written there. */
export function showAsked(chat: ChatStage, room: string, place: string | undefined): Step<ChatStage> {
  if (place === undefined) return showRoom(chat, room);
  if (chat.open.get(place)?.load !== 'loading') return step(chat);
  const open = new Map(chat.open);
  open.delete(place);
  const next: ChatStage = { ...withDraftMoved(chat, place, room), open };
  // One has gone elsewhere meanwhile, and stays there.
  if (chat.active !== place) return step(next);
  const shown = showRoom({ ...next, active: undefined }, room);
  const { entersWhenOpen } = next;
  return step({ ...shown.stage, previous: chat.previous, entersWhenOpen }, ...shown.effects);
}
