import type { StoredEvent } from '@parley/store';
import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedBy, encodeStored, isoTime, toRoomEvent } from './event-encoding.ts';

const text = fc.string({ unit: 'binary' });
const inLog = {
  roomId: fc.constant('1'),
  seq: fc.nat(),
  messages: fc.nat(),
  from: fc.record({ id: text, nick: text }),
};
const at = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') });
const message = { ...inLog, at, type: fc.constant('message' as const), text, cid: text };
const ofFew = { replyTo: fc.nat(), editedAt: at, deleted: fc.constant(true as const) };
const stored: fc.Arbitrary<StoredEvent> = fc.oneof(
  fc.record({ ...message, ...ofFew }, { requiredKeys: Object.keys(message) as (keyof typeof message)[] }),
  fc.record({ ...inLog, at, type: fc.constant('message.edited' as const), target: fc.nat(), text }),
  fc.record({ ...inLog, at, type: fc.constant('message.deleted' as const), target: fc.nat() }),
  fc.record({ ...inLog, at, type: fc.constant('member.joined' as const) }),
  fc.record({ ...inLog, at, type: fc.constant('topic.changed' as const), topic: text }),
);

describe('an event put together as JSON', () => {
  it('is the JSON of the event', () => {
    fc.assert(
      fc.property(text, fc.array(stored), (room, events) => {
        const encoded = encodeStored(room, events);
        expect(encoded).toEqual(events.map((event) => JSON.stringify(toRoomEvent(room, event))));
        expect(encoded.map(changedBy)).toEqual(events.map((event) => ('target' in event ? event.target : undefined)));
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it('has nothing of its author but id and nick', () => {
    const from = { id: '7', nick: 'ada', sessionId: 'secret' };
    const event = {
      roomId: '1',
      seq: 1,
      messages: 1,
      at: new Date(0),
      from,
      type: 'message',
      text: 'hi',
      cid: 'c',
    } as const;
    expect(encodeStored('dev', [event])[0]).not.toContain('secret');
  });
});

describe('a time', () => {
  it('is told anew for each Date', () => {
    const [one, two] = [new Date(1), new Date(2)];
    expect([one, two, one, one].map(isoTime)).toEqual([one, two, one, one].map((each) => each.toISOString()));
  });
});
