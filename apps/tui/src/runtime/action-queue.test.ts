import { describe, expect, it } from 'vitest';
import { message } from '../../test/acting-client.ts';
import type { Action } from '../state/actions.ts';
import { ActionQueue } from './action-queue.ts';

const events = (...seqs: number[]): Action => ({ type: 'events', events: seqs.map((seq) => message(seq)), now: 1 });
const ROOMS: Action = { type: 'rooms', rooms: new Map() };
const HINT: Action = { type: 'hint', hint: { type: 'notice', text: 'hello' }, now: 1 };
const TICK: Action = { type: 'ticked', now: 1 };

function startQueue(onPerform: (queue: ActionQueue, actions: readonly Action[]) => void = () => {}) {
  const deeds: string[] = [];
  let ready = (): void => {};
  const queue: ActionQueue = new ActionQueue({
    perform: (actions) => {
      deeds.push(
        `perform ${actions.map((action) => ('events' in action ? `${action.events.length} events` : action.type)).join()}`,
      );
      onPerform(queue, actions);
    },
    performed: () => deeds.push('show'),
    whenReady: (run, { patient }) => {
      deeds.push(patient ? 'soon' : 'next');
      ready = run;
    },
  });
  return { queue, deeds, ready: () => ready() };
}

describe('actions on their way to the state', () => {
  it('wait for the view in floods, events as one', () => {
    const { queue, deeds, ready } = startQueue();
    for (const action of [events(1), ROOMS, events(2, 3), ROOMS]) queue.push(action);
    expect(deeds).toEqual(['next']);
    ready();
    expect(deeds).toEqual(['next', 'perform 3 events', 'perform rooms', 'show']);
  });

  it('wait longer where nobody waits for them, until something comes that somebody does wait for', () => {
    const { queue, deeds, ready } = startQueue();
    for (const action of [HINT, HINT, ROOMS, events(1), HINT]) queue.push(action);
    expect(deeds).toEqual(['soon', 'next']);
    ready();
    ready();
    expect(deeds).toEqual(['soon', 'next', 'perform hint,hint,1 events,hint', 'perform rooms', 'show']);
  });

  it('are performed when the turn is over otherwise, with all that waits', async () => {
    const { queue, deeds } = startQueue();
    queue.push(events(1));
    queue.push(TICK);
    expect(deeds).toEqual(['next']);
    await Promise.resolve();
    expect(deeds).toEqual(['next', 'perform 1 events,ticked', 'show']);
  });

  it('bring others that are performed and shown with them', () => {
    const { queue, deeds, ready } = startQueue((own, [first]) => {
      if (first?.type !== 'events') return;
      own.push(ROOMS);
      // Whoever is told in the middle of it may ask for it.
      own.flush();
    });
    queue.push(events(1));
    ready();
    expect(deeds).toEqual(['next', 'perform 1 events', 'perform rooms', 'show']);
  });

  it('end with the list of rooms, once for all that has changed it', () => {
    const { queue, deeds, ready } = startQueue((own, [first]) => {
      // Reading what was said changes its room.
      if (first?.type === 'events') own.push(ROOMS);
    });
    for (const action of [ROOMS, events(1), HINT]) queue.push(action);
    ready();
    expect(deeds).toEqual(['soon', 'next', 'perform 1 events,hint', 'perform rooms', 'show']);
  });

  it('have the list of rooms before word of a room that may be new in it', () => {
    const { queue, deeds, ready } = startQueue();
    const activity = { type: 'room.activity', room: '@9', lastSeq: 1, unread: 1, mentioned: true } as const;
    for (const action of [ROOMS, events(1), { type: 'hint', hint: activity, now: 1 } as const]) queue.push(action);
    ready();
    expect(deeds).toEqual(['soon', 'next', 'perform 1 events,rooms,hint', 'show']);
  });

  it('are fetched from where they wait once the view is ready, and by nothing before', () => {
    const { queue, deeds, ready } = startQueue();
    const source = (): void => queue.push(events(1, 2));
    queue.expect(source, { patient: true });
    queue.expect(source, { patient: false });
    queue.push(TICK);
    queue.flush();
    expect(deeds).toEqual(['soon', 'next', 'perform ticked', 'show']);
    ready();
    ready();
    expect(deeds.slice(4)).toEqual(['perform 2 events', 'show']);
  });

  it('are fetched also where the view becomes ready in the middle of performing', () => {
    const { queue, deeds, ready } = startQueue((_own, [first]) => {
      if (first?.type === 'ticked') ready();
    });
    queue.expect(() => queue.push(events(1)), { patient: false });
    queue.push(TICK);
    queue.flush();
    expect(deeds).toEqual(['next', 'perform ticked', 'perform 1 events', 'show']);
  });

  it('go on after one that threw', () => {
    let throws = true;
    const { queue, deeds, ready } = startQueue(() => {
      if (throws) throw new Error('a fault');
    });
    queue.push(events(1));
    expect(ready).toThrow('a fault');
    throws = false;
    queue.push(events(2));
    ready();
    expect(deeds.slice(2)).toEqual(['next', 'perform 1 events', 'show']);
  });

  it('are dropped once it is closed, also in the middle of it', () => {
    const { queue, deeds, ready } = startQueue((own) => own.close());
    queue.push(events(1));
    queue.push(HINT);
    ready();
    queue.push(events(2));
    queue.flush();
    expect(deeds).toEqual(['next', 'perform 1 events,hint']);
  });
});
