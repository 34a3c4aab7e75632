import { expect, it } from 'vitest';
import { ChangedMessages } from './changed-messages.ts';

it('tells what was changed since a mark, and that it does not know where that was too much, or was not told', () => {
  const changed = new ChangedMessages();
  changed.note([3]);
  const { mark } = changed;
  expect(changed.since(mark)).toEqual([]);
  changed.note([7, 3]);
  expect(changed.since(mark)).toEqual([7, 3]);
  changed.note(undefined);
  expect(changed.since(mark)).toBeUndefined();
  const later = changed.mark;
  changed.note(Array.from({ length: 64 }, (_, at) => at));
  expect(changed.since(later)).toHaveLength(64);
  changed.note([1]);
  expect(changed.since(later)).toBeUndefined();
});
