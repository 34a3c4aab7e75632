/** Connections that are cut and stalled at any byte: clients' on their way to a core, and a core's to its database. */
import { failOnLeaks, pollFor } from '@parley/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { count, seed, timeoutFor } from './counts.ts';
import { Crowd } from './crowd.ts';
import { closeAfterEach, openDatabase, postgresMissing, startCore } from './opened.ts';
import { type Fate, Proxy } from './proxy.ts';
import { SeededRandom } from './seeded-random.ts';

const tears = count('tornSockets');
/** Tears between two times that everyone falls silent. */
const TEARS_A_ROUND = 10;

describe('sockets cut and stalled at random bytes', { timeout: timeoutFor(tears / 10) }, () => {
  failOnLeaks();
  const keep = closeAfterEach();
  beforeEach((ctx) => {
    if (postgresMissing !== undefined) ctx.skip(postgresMissing);
  });

  it.each([
    // Clients mask what they send: any request will do, and there is but one.
    { place: 'clients and the core', request: '' },
    { place: 'the core and Postgres', request: 'append_one_message' },
  ])(`between $place, ${tears} times, lose and double nothing`, async ({ place, request }) => {
    const database = new URL(keep(await openDatabase()).url);
    const wire = { random: new SeededRandom(seed), isTearing: false };
    const openProxy = (port: string): Promise<Proxy> =>
      Proxy.start({ ports: () => [Number(port === '' ? 5432 : port)], fate: () => drawFate(wire) });

    let proxy: Proxy;
    let url: string;
    if (place === 'clients and the core') {
      const core = keep(await startCore(database.href));
      proxy = keep(await openProxy(new URL(core.url).port));
      ({ url } = proxy);
    } else {
      proxy = keep(await openProxy(database.port));
      database.host = new URL(proxy.url).host;
      ({ url } = keep(await startCore(database.href)));
    }
    const crowd = keep(await Crowd.gather({ url, seed }));
    for (let round = 1; round * TEARS_A_ROUND <= tears; round += 1) {
      wire.isTearing = true;
      proxy.cutAll();
      const torn = (): number => proxy.cuts + proxy.stalls;
      const patience = { timeoutMs: 60_000, what: `${TEARS_A_ROUND} tears` };
      await pollFor(torn, (number) => number >= round * TEARS_A_ROUND, patience);
      wire.isTearing = false;
      crowd.hush();
      proxy.cutAll();
      await crowd.settle();
      // A message with nothing after it: it is stored, and whoever waits for the answer is cut off.
      const swallowed = proxy.swallowAnswerTo(request);
      crowd.writeOne();
      await swallowed;
      await crowd.settle();
      crowd.goOn();
    }
    await crowd.writes(100);
    const report = await crowd.finish(
      `sockets between ${place} cut ${proxy.cuts} times, stalled ${proxy.stalls} times`,
    );
    expect(report.problems).toEqual([]);
    expect(crowd.returns > 0).toBe(place === 'clients and the core');
  });

  function drawFate({ random, isTearing }: { random: SeededRandom; isTearing: boolean }): Fate {
    if (!isTearing) return { kind: 'whole', afterBytes: Infinity };
    // From within the handshake to some seconds of chatting.
    const afterBytes = random.between(1, 10 ** random.between(2, 5));
    if (random.next() < 0.6) return { kind: 'cut', afterBytes };
    return { kind: 'stall', afterBytes, forMs: random.between(50, 800), thenCut: random.next() < 0.5 };
  }
});
