/** The protocol's version and its bounds. Every number a client or a server must agree on stands here. */

export const PROTOCOL_VERSION = 1;

/** A client's frame, in bytes of UTF-8. */
export const MAX_CLIENT_FRAME_BYTES = 64 * 1024;
/** A server's frame holds an array of objects up to this many bytes, unless a single object is larger. */
export const MAX_SERVER_FRAME_BYTES = 256 * 1024;
/** A message's text, in bytes of UTF-8, unless the server's `limits` say otherwise. */
export const MAX_TEXT_BYTES = 2048;
/** A room's title and topic, in bytes of UTF-8. */
export const MAX_TITLE_BYTES = 256;
export const MAX_TOPIC_BYTES = 512;
export const MAX_NICK_CHARACTERS = 32;
export const MAX_ROOM_CHARACTERS = 64;
export const MAX_PASSWORD_BYTES = 256;
export const MIN_PASSWORD_CHARACTERS = 8;
/** What is looked for in rooms' names and titles, and a token, in bytes of UTF-8. */
export const MAX_MATCH_BYTES = 256;
export const MAX_TOKEN_BYTES = 4096;
/** What a browser tab comes back to: its drafts and its place in the room, in bytes of UTF-8. */
export const MAX_DRAFT_BYTES = 16 * 1024;
/** In so many other rooms. */
export const MAX_DRAFTS = 50;
export const MAX_SCROLL_BYTES = 2048;
/** Rooms that one may be in by one's own acts, the lobby and conversations between two that are written in not counted. */
export const MAX_OWN_ROOMS = 500;
/** Room names in one `resume`. */
export const MAX_RESUME_ROOMS = 1000;

/** Events in the answer to `room.join` without `since`. */
export const JOIN_EVENTS = 50;
/** Events in one page: of `history`, and of `room.join` with `since`. */
export const MAX_PAGE_EVENTS = 200;
export const DEFAULT_PAGE_EVENTS = 50;
/** Members in one `room.joined` or `room.members`, and users in one `user.list`. */
export const MAX_PAGE_MEMBERS = 200;
/** Above this many online members a room's presence is a count, not names. */
export const MAX_PRESENCE_NAMES = 200;

export const HELLO_TIMEOUT_MS = 10_000;
export const PING_INTERVAL_MS = 20_000;
export const MISSED_PONGS = 2;
export const PRESENCE_INTERVAL_MS = 250;
export const ROOM_ACTIVITY_INTERVAL_MS = 1000;
/** `rate_limited` answers within the window that close a connection with 4429. */
export const FLOOD_ANSWERS = 20;
export const FLOOD_WINDOW_MS = 10_000;

/**
 * Columns and rows of a terminal at `/terminal`. However small it is: a program that has a larger one than the page draws past
 * its edges. Its cells, which painting costs go by, are those of a 4K screen with small letters, 480 × 136.
 */
export const TERMINAL_SIZE = { minCols: 1, maxCols: 500, minRows: 1, maxRows: 200, maxCells: 64 * 1024 } as const;
/** The page acknowledges at least this often, in bytes it has parsed. */
export const TERMINAL_ACK_BYTES = 32 * 1024;
/** Unacknowledged bytes at which the gateway pauses the PTY, and at which it resumes. */
export const TERMINAL_HIGH_WATER_BYTES = 256 * 1024;
export const TERMINAL_LOW_WATER_BYTES = 64 * 1024;
export const ATTACH_TIMEOUT_MS = 10_000;

/** The room that is everyone's, without joining. */
export const LOBBY = 'lobby';

/** What `welcome.limits` tells a client, so that it can refuse before the server does. */
export interface Limits {
  /** Bytes of UTF-8 in a message's text. */
  textBytes: number;
  /** Bytes in a client's frame. */
  frameBytes: number;
  /** Characters in a nick. */
  nickCharacters: number;
  /** Characters in a room's name. */
  roomCharacters: number;
  /** Events in one page of history. */
  pageEvents: number;
}

export const DEFAULT_LIMITS: Limits = {
  textBytes: MAX_TEXT_BYTES,
  frameBytes: MAX_CLIENT_FRAME_BYTES,
  nickCharacters: MAX_NICK_CHARACTERS,
  roomCharacters: MAX_ROOM_CHARACTERS,
  pageEvents: MAX_PAGE_EVENTS,
};
