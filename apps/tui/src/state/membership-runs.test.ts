import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { RoomEvent } from '@parley/protocol';
import { pollFor } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import { membershipWords } from '../views/timeline.ts';
import { type MembershipRun, membershipRunOf, type MemberEvent, namesOf, withMembership } from './membership-runs.ts';
import { logOf, MAX_EVENTS, prependEvents, trimLog } from './room-log.ts';

const START = Date.UTC(2026, 10, 20, 8);
let seq = 0;
const membership = (nick: string, type: 'member.joined' | 'member.left' = 'member.joined', minutes = 0): RoomEvent => ({
  type,
  room: 'dev',
  seq: ++seq,
  at: new Date(START + minutes * 60_000).toISOString(),
  from: { id: nick, nick },
});
const said = (): RoomEvent => ({
  type: 'message',
  room: 'dev',
  seq: ++seq,
  at: new Date(START).toISOString(),
  from: { id: 'eve', nick: 'eve' },
  text: 'hi',
  cid: `c${seq}`,
});
const lines = (...events: RoomEvent[]): string[] =>
  logOf(events, false).events.map((event) => (event.type === 'membership.run' ? membershipWords(event) : event.type));

describe('people who come and go', () => {
  it('are the same run for all who see the same, which is gone when nobody shows it any more', async () => {
    const events = Array.from({ length: 5 }, (_, index) => membership(`p${index}`) as MemberEvent);
    const runOf = (): MembershipRun | undefined =>
      events
        .slice(1)
        .reduce<MembershipRun | undefined>(
          (run, event) => (run === undefined ? undefined : withMembership(run, event)),
          events[0] === undefined ? undefined : membershipRunOf(events[0]),
        );
    let run = runOf();
    expect(runOf() === run).toBe(true);
    const left = new WeakRef(run ?? {});
    run = undefined;
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await pollFor(() => {
      collect();
      return left.deref() === undefined;
    }, true);
    expect(runOf()?.events).toEqual(events);
  });

  it('are one line until someone says something', () => {
    const five = ['ada', 'bob', 'cyn', 'dan', 'eve'].map((nick) => membership(nick));
    expect(lines(membership('zoe'), said(), ...five)).toEqual([
      'zoe joined',
      'message',
      'ada, bob and 3 others joined',
    ]);
  });

  it('are counted by what it came to for each', () => {
    expect(
      lines(membership('ada'), membership('bob'), membership('ada', 'member.left'), membership('cyn', 'member.left')),
    ).toEqual(['bob joined, cyn left, ada came and went']);
    expect(lines(membership('dan', 'member.left'), membership('dan'))).toEqual(['dan left and came back']);
  });

  it('are one line also where two pages meet', () => {
    const events = ['ada', 'bob', 'cyn', 'dan'].map((nick) => membership(nick));
    const log = prependEvents(logOf([...events.slice(2), said()], true), events.slice(0, 2), false);
    expect(log.events.map((event) => (event.type === 'membership.run' ? membershipWords(event) : event.type))).toEqual([
      'ada, bob and 2 others joined',
      'message',
    ]);
    expect(log.firstSeq).toBe(events[0]?.seq);
  });

  it('begin a new line after half an hour', () => {
    expect(lines(membership('ada'), membership('bob', 'member.joined', 31))).toEqual(['ada joined', 'bob joined']);
  });

  it('by the thousand cost no more than a hundred', () => {
    const log = logOf(
      Array.from({ length: 2000 }, (_, index) => membership(`n${index}`)),
      false,
    );
    expect(log.events).toHaveLength(1);
    const [run] = log.events;
    expect(run?.type === 'membership.run' ? [run.events.length, membershipWords(run)] : []).toEqual([
      100,
      'n1900, n1901 and 1998 others joined',
    ]);
    expect(trimLog(log)).toBe(log);
    expect(MAX_EVENTS).toBeLessThan(2000);
  });
});

describe('names', () => {
  it.each([
    [['ada'], 'ada'],
    [['ada', 'bob'], 'ada and bob'],
    [['ada', 'bob', 'cyn'], 'ada, bob and cyn'],
    [['ada', 'bob', 'cyn', 'dan'], 'ada, bob and 2 others'],
  ])('%j are %s', (nicks, words) => {
    expect(namesOf(nicks)).toBe(words);
  });
});
