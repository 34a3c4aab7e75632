/** Idle members of Parley's rooms: each live in one room, knowing how far it has seen, able to come back where it was. */
import { inParallel } from '../wire/in-parallel.ts';
import { ParleyConnection } from '../wire/parley-connection.ts';
import { firstNumber, lastNumber, numberNeedle } from '../wire/scan.ts';
import type { CrowdOptions, Crowd } from './crowd.ts';

const SEQ = numberNeedle('seq');

interface Member {
  readonly room: string;
  readonly token: string;
  seq: number;
  connection: ParleyConnection;
}

/** Opens the rooms and returns a crowd that members can be added to. */
export async function openParleyCrowd({ port, rooms, fail }: CrowdOptions): Promise<Crowd> {
  const names = Array.from({ length: rooms }, (_, index) => `idle-${index}`);
  const members: Member[] = [];
  /** Called with each member's place in its room. */
  let onSeen: (member: Member) => void = () => {};

  // In every room, listening in none: it is the one who speaks.
  const poster = await ParleyConnection.open({
    port,
    hello: { nick: 'poster' },
    onClose: (reason) => fail(`The poster was closed: ${reason}`),
  });
  for (const room of names) {
    await poster.ask({ type: 'room.create', room }, 'room.joined');
    await poster.ask({ type: 'room.close', room }, 'ok');
  }
  let posted = 0;

  const watch = (member: Member): void => {
    const see = (first: number, last: number): void => {
      if (first !== member.seq + 1) fail(`${member.room}: seq ${first} follows ${member.seq}.`);
      member.seq = last;
      onSeen(member);
    };
    const early = member.connection.handOver((buffer, start, end) => {
      const first = firstNumber(buffer, SEQ, start, end);
      const last = lastNumber(buffer, SEQ, start, end);
      if (first !== undefined && last !== undefined) see(first, last);
    });
    for (const seq of early) see(seq, seq);
  };
  const closed = (reason: string): void => fail(`A member was closed: ${reason}`);

  /** One message in each room; answers the seq of each. */
  const speak = async (): Promise<Map<string, number>> => {
    const heads = new Map<string, number>();
    posted += 1;
    const cid = `00000000-0000-4000-8000-${String(posted).padStart(12, '0')}`;
    for (const room of names) {
      const { seq = 0 } = await poster.ask({ type: 'message.send', room, text: 'anyone here?', cid }, 'ok');
      heads.set(room, seq);
    }
    return heads;
  };

  return {
    async add(count) {
      const before = members.length;
      await inParallel(count, async (index) => {
        const room = names[(before + index) % rooms] ?? '';
        const connection = await ParleyConnection.open({
          port,
          hello: { nick: `m${before + index}` },
          onClose: closed,
        });
        const joined = await connection.ask({ type: 'room.join', room }, 'room.joined');
        const member = { room, token: connection.welcome.token ?? '', seq: joined.events.at(-1)?.seq ?? 0, connection };
        members.push(member);
        watch(member);
      });
    },

    async everyoneHears(timeoutMs) {
      const heads = await speak();
      const deadline = performance.now() + timeoutMs;
      let seen = 0;
      while (seen < members.length && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        seen = members.filter(({ room, seq }) => seq >= (heads.get(room) ?? 0)).length;
      }
      return { seen, of: members.length };
    },

    async storm(timeoutMs) {
      for (const { connection } of members) connection.reset();
      await new Promise((resolve) => setTimeout(resolve, 2000));
      // Something to catch up with: a member is back when it has seen what was said while it was away.
      const heads = await speak();
      const start = performance.now();
      const latencies: number[] = [];
      const waiting = new Set(members);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        onSeen = (member) => {
          if (member.seq < (heads.get(member.room) ?? 0) || !waiting.delete(member)) return;
          latencies.push(performance.now() - start);
          if (waiting.size > 0) return;
          clearTimeout(timer);
          resolve();
        };
        for (const member of members) void comeBack(member);
      });
      onSeen = () => {};
      return { latencies, missing: waiting.size };
    },
  };

  async function comeBack(member: Member): Promise<void> {
    try {
      const hello = { token: member.token, resume: { [member.room]: member.seq } };
      member.connection = await ParleyConnection.open({ port, hello, onClose: closed });
      watch(member);
    } catch (error) {
      fail(`A member did not come back: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
