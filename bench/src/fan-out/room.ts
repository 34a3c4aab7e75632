/**
 * A room full of readers on one of the servers under comparison. Each kind knows how to connect, how to send message n and
 * how to tell, as cheaply as can be, how many messages a reader has got.
 */
import type { DeliveryProgress } from './delivery-progress.ts';
import type { OrderCheck } from './order-check.ts';

export interface RoomOptions {
  readonly port: number;
  readonly readers: number;
  readonly senders: number;
  readonly progress: DeliveryProgress;
  /** For the readers that parse everything. */
  readonly checkOf: (reader: number) => OrderCheck | undefined;
  readonly fail: (problem: string) => void;
}

export interface Room {
  /** Sends messages `first` … `first + count − 1`, message n through sender n modulo the senders. */
  send(first: number, count: number): void;
}

/** Message n is 100 bytes that begin with n in eight digits; `#` stands for a digit. */
export const TEXT_TEMPLATE = `######## ${'the quick brown fox jumps over the lazy dog '.repeat(3)}`.slice(0, 100);

/** The numbers from `first` on that sender `sender` of `senders` sends. */
export function* numbersOf(sender: number, senders: number, first: number, count: number): Generator<number> {
  const start = first + ((((sender - first) % senders) + senders) % senders);
  for (let number = start; number < first + count; number += senders) yield number;
}
