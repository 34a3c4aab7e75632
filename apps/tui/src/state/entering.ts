/**
 * How a chat begins: with its first room being opened, or before that with a glimpse of it, which is what others in this
 * process see. `entering` lasts from the glimpse until one is online; the room is `loading` from the glimpse until it is open.
 */
import type { ConnectionState } from '@parley/client';
import { foldName, type Limits, LOBBY, type You } from '@parley/protocol';
import { draftOf } from './draft.ts';
import { keptFor } from './keepsake.ts';
import { glimpsedRoom } from './open-room.ts';
import { withDraftMoved } from './room-drafts.ts';
import { showRoom } from './room-opening.ts';
import { AT_BOTTOM } from './scroll-back.ts';
import type { ChatStage, Glimpse, Keepsake, TuiState, WelcomeStage } from './state.ts';
import { type Step, step } from './step.ts';

/** The room that one is in first. */
const firstRoom = (kept: Keepsake | undefined, wanted: string | undefined): string => kept?.room ?? wanted ?? LOBBY;

/** A chat that has just come online, with its first room being opened. */
export function startChat(
  { server, before, ahead }: WelcomeStage,
  connection: Extract<ConnectionState, { name: 'online' }>,
  wantedRoom: string | undefined,
): Step<ChatStage> {
  const kept = keptFor(connection.you, before);
  const room = firstRoom(kept, wantedRoom);
  const empty = emptyChat(server ?? '', connection.you, connection.limits, connection, kept);
  const { stage, effects } = showRoom({ ...empty, ahead: ahead?.inputs ?? [] }, room);
  if (kept?.anchor === undefined) return { stage, effects };
  return { stage: { ...stage, seek: { room, seq: kept.anchor, pages: 0, scrolled: false } }, effects };
}

/** A room of a server; its name is folded. */
export interface GlimpsableRoom {
  readonly server: string;
  readonly room: string;
}

/** The room that someone who is on the way may have a glimpse of, since nothing is asked of them before they are in it. */
export function glimpsableRoom({ stage, options }: Pick<TuiState, 'stage' | 'options'>): GlimpsableRoom | undefined {
  if (stage.name !== 'welcome' || stage.progress.name !== 'busy' || stage.progress.direct === undefined)
    return undefined;
  const { server, before } = stage;
  // Where one had scrolled back to is not what others look at.
  if (server === undefined || before?.anchor !== undefined) return undefined;
  return { server, room: foldName(firstRoom(before, options.room)) };
}

/**
 * The chat of someone who is still entering: the room as others here see it. It is opened once one is online, as rooms are
 * that were still opening when a connection was lost.
 */
export function glimpsed(stage: WelcomeStage, glimpse: Glimpse): Step {
  const { progress, before, ahead } = stage;
  const you = progress.name === 'busy' ? progress.direct : undefined;
  if (you === undefined) return step(stage);
  const { room, limits } = glimpse;
  const empty = emptyChat(stage.server ?? '', you, limits, { name: 'connecting', attempt: 1 }, before);
  // It may have been asked for in another spelling.
  const chat = withDraftMoved(empty, before?.room ?? room.room, room.room);
  const open = new Map([[room.room, glimpsedRoom(glimpse)]]);
  return step({ ...chat, ahead: ahead?.inputs ?? [], entering: true, rooms: [room], active: room.room, open });
}

function emptyChat(
  server: string,
  you: You,
  limits: Limits,
  connection: ConnectionState,
  kept: Keepsake | undefined,
): ChatStage {
  return {
    name: 'chat',
    server,
    you,
    limits,
    connection,
    entering: false,
    rooms: [],
    roomsTop: undefined,
    closed: new Map(),
    active: undefined,
    previous: undefined,
    open: new Map(),
    mentioned: new Set(),
    drafts: kept?.drafts ?? new Map(),
    blank: draftOf(''),
    leaving: undefined,
    entered: [],
    recall: undefined,
    completion: undefined,
    listed: undefined,
    completesWhenListed: undefined,
    popup: undefined,
    viewport: AT_BOTTOM,
    viewports: new Map(),
    toast: undefined,
    escaped: false,
    entersWhenOpen: false,
    ahead: [],
    inParts: undefined,
    typedAt: 0,
    bell: true,
    notifiedAt: 0,
    seek: undefined,
  };
}
