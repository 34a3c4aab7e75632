/**
 * Frames of a trunk: one WebSocket at `/ws/trunk` that carries the connections of many clients of a process, a channel each.
 * A channel is what a WebSocket at `/ws` is to its client, from hello to close; what several of them get is sent once.
 *
 *   client                                        core
 *    │ ── open: channel, ticket ──────────────────▶ │   the client numbers its channels, each number once
 *    │ ── text: channel, a frame of the protocol ─▶ │
 *    │ ◀── text: channels, a frame of the protocol ─│   for each of them, in this order with whatever else it gets
 *    │ ── close: channel ─────────────────────────▶ │   nothing follows from either side; needs no answer
 *    │ ◀── close: channel, code, reason ─────────── │   the same
 *
 * All frames are binary, numbers big-endian: a kind (1 byte), then the channels (4 bytes each; before them, in what the core
 * sends, their count in 2), then the rest, which is UTF-8.
 */

const KINDS = { open: 1, text: 2, close: 3 } as const;
const CHANNEL_BYTES = 4;
const CODE_BYTES = 2;
const COUNT_BYTES = 2;
/** What is before the frame of one channel, in what a client sends. */
export const TRUNK_HEADER_BYTES = 1 + CHANNEL_BYTES;
/** Channels that one frame of the core's can be for. */
export const MAX_TRUNK_RECIPIENTS = 0xffff;

export type TrunkRequest =
  | { readonly kind: 'open'; readonly channel: number; readonly ticket: string }
  | { readonly kind: 'text'; readonly channel: number; readonly text: Uint8Array }
  | { readonly kind: 'close'; readonly channel: number };

export type TrunkNews =
  | { readonly kind: 'text'; readonly channels: readonly number[]; readonly text: Uint8Array }
  | { readonly kind: 'close'; readonly channels: readonly number[]; readonly code: number; readonly reason: string };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const encodeTrunkOpen = (channel: number, ticket: string): Uint8Array =>
  request(KINDS.open, channel, encoder.encode(ticket));

export const encodeTrunkText = (channel: number, text: string): Uint8Array =>
  request(KINDS.text, channel, encoder.encode(text));

export const encodeTrunkClose = (channel: number): Uint8Array => request(KINDS.close, channel, new Uint8Array());

/** Reads what a client sends; undefined when it is nothing. The text is a part of `frame`. Never throws. */
export function decodeTrunkRequest(frame: Uint8Array): TrunkRequest | undefined {
  if (frame.length < TRUNK_HEADER_BYTES) return undefined;
  const channel = viewOf(frame).getUint32(1);
  const rest = frame.subarray(TRUNK_HEADER_BYTES);
  switch (frame[0]) {
    case KINDS.open:
      return { kind: 'open', channel, ticket: decoder.decode(rest) };
    case KINDS.text:
      return { kind: 'text', channel, text: rest };
    case KINDS.close:
      return { kind: 'close', channel };
    default:
      return undefined;
  }
}

/** What the core sends before the bytes of a text. */
export const encodeTrunkTextHead = (channels: readonly number[]): Uint8Array => news(KINDS.text, channels, 0);

export function encodeTrunkClosed(channel: number, code: number, reason: string): Uint8Array {
  const words = encoder.encode(reason);
  const frame = news(KINDS.close, [channel], CODE_BYTES + words.length);
  const at = frame.length - CODE_BYTES - words.length;
  viewOf(frame).setUint16(at, code);
  frame.set(words, at + CODE_BYTES);
  return frame;
}

/** Reads what the core sends; undefined when it is nothing. The text is a part of `frame`. Never throws. */
export function decodeTrunkNews(frame: Uint8Array): TrunkNews | undefined {
  if (frame.length < 1 + COUNT_BYTES) return undefined;
  const view = viewOf(frame);
  const count = view.getUint16(1);
  const start = 1 + COUNT_BYTES + count * CHANNEL_BYTES;
  if (frame.length < start) return undefined;
  const channels = Array.from({ length: count }, (_, index) => view.getUint32(1 + COUNT_BYTES + index * CHANNEL_BYTES));
  if (frame[0] === KINDS.text) return { kind: 'text', channels, text: frame.subarray(start) };
  if (frame[0] !== KINDS.close || frame.length < start + CODE_BYTES) return undefined;
  const reason = decoder.decode(frame.subarray(start + CODE_BYTES));
  return { kind: 'close', channels, code: view.getUint16(start), reason };
}

function request(kind: number, channel: number, rest: Uint8Array): Uint8Array {
  const frame = new Uint8Array(TRUNK_HEADER_BYTES + rest.length);
  frame[0] = kind;
  viewOf(frame).setUint32(1, channel);
  frame.set(rest, TRUNK_HEADER_BYTES);
  return frame;
}

/** A frame for the channels, with so many bytes left at its end. */
function news(kind: number, channels: readonly number[], restBytes: number): Uint8Array {
  const frame = new Uint8Array(1 + COUNT_BYTES + channels.length * CHANNEL_BYTES + restBytes);
  const view = viewOf(frame);
  frame[0] = kind;
  view.setUint16(1, channels.length);
  channels.forEach((channel, index) => view.setUint32(1 + COUNT_BYTES + index * CHANNEL_BYTES, channel));
  return frame;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);
