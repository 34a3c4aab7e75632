/**
 * WebSocket text frames as bytes, so that what many readers get is framed once and written with one `socket.write` each.
 * A server's frames are unmasked and, with permessage-deflate off, nothing but a header and UTF-8 (RFC 6455, 5.2).
 */
import { MAX_SERVER_FRAME_BYTES } from '@parley/protocol';
import type { EventBatch } from '../chat/event-batch.ts';
import type { SharedHint } from '../chat/shared-hint.ts';

const FIN_TEXT = 0x81;
const FIN_BINARY = 0x82;
/** A ping without a payload. */
export const PING_FRAME = Buffer.from([0x89, 0]);

export function textFrame(payload: string): Buffer {
  const length = Buffer.byteLength(payload);
  const header = headerBytes(length);
  const frame = Buffer.allocUnsafe(header + length);
  writeHeader(frame, FIN_TEXT, length);
  frame.write(payload, header, 'utf8');
  return frame;
}

/** What `textFrame` was made of, as UTF-8: a part of the frame. */
export function payloadOf(frame: Buffer): Buffer {
  const marker = frame[1] ?? 0;
  return frame.subarray(marker < 126 ? 2 : marker === 126 ? 4 : 10);
}

/** The beginning of a binary frame: its header and the first of its bytes, of which `moreBytes` follow. */
export function binaryFrameHead(first: Uint8Array, moreBytes: number): Buffer {
  const length = first.length + moreBytes;
  const header = headerBytes(length);
  const head = Buffer.allocUnsafe(header + first.length);
  writeHeader(head, FIN_BINARY, length);
  head.set(first, header);
  return head;
}

const headerBytes = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10);

function writeHeader(frame: Buffer, kind: number, length: number): void {
  const header = headerBytes(length);
  frame[0] = kind;
  if (header === 2) {
    frame[1] = length;
  } else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(length, 6);
  }
}

/** A pong with the ping's payload, which is at most 125 bytes. */
export function pongFrame(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x8a, payload.length]), payload]);
}

/**
 * Encoded messages in as few frames as their limit allows, in order: an object for one, an array for several. `ends` is told
 * how many of the messages are written once each of the frames is.
 */
export function framesOf(messages: readonly string[], ends?: number[]): Buffer[] {
  const frames: Buffer[] = [];
  let written = 0;
  let batch: string[] = [];
  let bytes = 2;
  const close = (): void => {
    frames.push(textFrame(batch.length === 1 ? (batch[0] ?? '') : `[${batch.join(',')}]`));
    ends?.push((written += batch.length));
    batch = [];
    bytes = 2;
  };
  for (const message of messages) {
    // Measuring each message costs as much as writing it: the common case is far below the limit and needs no measure.
    const size = message.length * 3 < 4096 ? message.length * 3 : Buffer.byteLength(message) + 1;
    if (batch.length > 0 && bytes + size > MAX_SERVER_FRAME_BYTES) close();
    batch.push(message);
    bytes += size;
  }
  if (batch.length > 0) close();
  return frames;
}

export interface BatchFrames {
  readonly frames: readonly Buffer[];
  /** How many of the batch's events are written once each of the frames is. */
  readonly ends: readonly number[];
}

const batchFrames = new WeakMap<EventBatch, BatchFrames>();
const hintFrames = new WeakMap<SharedHint, Buffer>();

/** The frames of a batch of events, made once. */
export function framesOfBatch(batch: EventBatch): BatchFrames {
  let made = batchFrames.get(batch);
  if (made === undefined) {
    const ends: number[] = [];
    made = { frames: framesOf(batch.json, ends), ends };
    batchFrames.set(batch, made);
  }
  return made;
}

/** The frame of a hint, made once. */
export function frameOfHint(hint: SharedHint): Buffer {
  let frame = hintFrames.get(hint);
  if (frame === undefined) hintFrames.set(hint, (frame = textFrame(hint.json)));
  return frame;
}
