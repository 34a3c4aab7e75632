/** What a store promises, on every database it runs on. */
import { afterAll, beforeAll, describe } from 'vitest';
import { describeEdits } from './contract/edits.ts';
import { describeEventLog } from './contract/event-log.ts';
import { describeOwnRooms } from './contract/own-rooms.ts';
import { describePeople } from './contract/people.ts';
import { describeRecords } from './contract/records.ts';
import { describeRooms } from './contract/rooms.ts';
import { describeSignIns } from './contract/sign-ins.ts';
import { type OpenedStore, kinds, openTestStore } from './databases.ts';

for (const { kind, missing } of kinds) {
  describe.skipIf(missing !== undefined)(`on ${kind}`, () => {
    let opened: OpenedStore;
    beforeAll(async () => {
      opened = await openTestStore(kind);
    });
    afterAll(() => opened.close());
    const store = () => opened.store;

    describePeople(store);
    describeSignIns(store);
    describeRooms(store);
    describeOwnRooms(store);
    describeEventLog(store);
    describeEdits(store);
    describeRecords(store);
  });
}
