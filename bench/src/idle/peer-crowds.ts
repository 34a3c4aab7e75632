/** Idle connections on the peers: IRC clients in channels, and bare WebSockets. They come back as strangers: nothing is resumed. */
import { inParallel } from '../wire/in-parallel.ts';
import { IrcConnection } from '../wire/irc-connection.ts';
import { WireSocket } from '../wire/web-socket.ts';
import type { Crowd, CrowdOptions } from './crowd.ts';

interface Resettable {
  reset(): void;
}

export function openIrcCrowd({ port, rooms, fail }: CrowdOptions): Crowd {
  let isStorming = false;
  return crowdOf(
    async (index, round) => {
      const nick = `m${round}x${index}`;
      const connection = await IrcConnection.open(port, nick, (reason) => {
        if (!isStorming) fail(`${nick} was closed: ${reason}`);
      });
      await connection.join(`#idle-${index % rooms}`);
      return connection;
    },
    fail,
    (value) => (isStorming = value),
  );
}

export function openWsCrowd({ port, fail }: CrowdOptions): Crowd {
  return crowdOf(
    () =>
      WireSocket.open({
        port,
        path: '/read',
        onText: () => {},
        onClose: (reason) => fail(`A client was closed: ${reason}`),
      }),
    fail,
    () => {},
  );
}

function crowdOf(
  enter: (index: number, round: number) => Promise<Resettable>,
  fail: (problem: string) => void,
  setStorming: (isStorming: boolean) => void,
): Crowd {
  let members: Resettable[] = [];
  return {
    async add(count) {
      const before = members.length;
      members.push(...(await inParallel(count, (index) => enter(before + index, 0))));
    },
    async storm(timeoutMs) {
      setStorming(true);
      for (const member of members) member.reset();
      await new Promise((resolve) => setTimeout(resolve, 2000));
      setStorming(false);
      const start = performance.now();
      const latencies: number[] = [];
      const back: Resettable[] = [];
      const comeBack = async (index: number): Promise<void> => {
        back.push(await enter(index, 1));
        latencies.push(performance.now() - start);
      };
      const everyone = Promise.allSettled(members.map((_, index) => comeBack(index)));
      // One that never gets an answer must not hold the bench.
      await Promise.race([everyone, new Promise((resolve) => setTimeout(resolve, timeoutMs))]);
      const missing = members.length - back.length;
      if (missing > 0) fail(`${missing} did not come back.`);
      members = back;
      return { latencies, missing };
    },
  };
}
