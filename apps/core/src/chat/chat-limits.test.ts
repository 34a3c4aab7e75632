import { FakeClock } from '@parley/testkit';
import { expect, it } from 'vitest';
import { ChatLimits } from './chat-limits.ts';
import { localRateLimits, noRateLimits } from './rate-limit.ts';

const openLimits = () => {
  const clock = new FakeClock();
  return { clock, limits: new ChatLimits(localRateLimits(() => clock.now())) };
};

/** How many of so many attempts pass, and what the last one is refused with. */
async function passed(count: number, attempt: (at: number) => Promise<void>) {
  let taken = 0;
  let refusal: unknown;
  for (let at = 0; at < count; at += 1) {
    await attempt(at).then(
      () => (taken += 1),
      (error: unknown) => (refusal = error),
    );
  }
  return { taken, refusal };
}

it('a user asks for 60 lists at once and two a second, those of one address for 300', async () => {
  const { clock, limits } = openLimits();
  const { taken, refusal } = await passed(70, () => limits.list({ userId: 'ada', source: 'office' }));
  expect(taken).toBe(60);
  expect(refusal).toMatchObject({ code: 'rate_limited', retryAfterMs: 500 });
  // What ada was refused is not counted for the office.
  const others = await passed(400, (at) => limits.list({ userId: `guest-${at}`, source: 'office' }));
  expect(others).toMatchObject({ taken: 240, refusal: { code: 'rate_limited', retryAfterMs: 50 } });
  expect((await passed(1, () => limits.list({ userId: undefined, source: 'office' }))).taken).toBe(0);
  expect((await passed(1, () => limits.list({ userId: undefined, source: 'home' }))).taken).toBe(1);
  clock.advance(50);
  expect((await passed(2, () => limits.list({ userId: 'bob', source: 'office' }))).taken).toBe(1);
});

it('a user opens 600 rooms at once, those of one address 2,000', async () => {
  const { limits } = openLimits();
  expect(await passed(610, () => limits.opening('ada', 'office'))).toMatchObject({
    taken: 600,
    refusal: { code: 'rate_limited', retryAfterMs: 100 },
  });
  expect((await passed(1500, (at) => limits.opening(`guest-${at}`, 'office'))).taken).toBe(1400);
});

it('guests of one address try 300 passwords at once, and one a second', async () => {
  const { clock, limits } = openLimits();
  const guess = (at: number): Promise<void> => limits.guess(`guest-${Math.floor(at / 10)}`, 'office', `room-${at}`);
  expect(await passed(1000, guess)).toMatchObject({ taken: 300, refusal: { code: 'rate_limited' } });
  clock.advance(10_000);
  expect((await passed(100, (at) => limits.guess(`other-${at}`, 'office', 'vault'))).taken).toBe(10);
});

it('a room takes 600 passwords at once and two a second, wherever they come from', async () => {
  const { clock, limits } = openLimits();
  const guess = (at: number): Promise<void> => limits.guess(`guest-${at}`, `address-${at}`, 'vault');
  expect(await passed(700, guess)).toMatchObject({ taken: 600, refusal: { code: 'rate_limited', retryAfterMs: 500 } });
  expect((await passed(1, () => limits.guess('ada', 'home', 'another'))).taken).toBe(1);
  clock.advance(1000);
  expect((await passed(10, (at) => limits.guess(`late-${at}`, `late-${at}`, 'vault'))).taken).toBe(2);
});

it('those of one address make 60 rooms at once, and one a second', async () => {
  const { clock, limits } = openLimits();
  expect(await passed(70, () => limits.room('office'))).toMatchObject({
    taken: 60,
    refusal: { code: 'rate_limited', retryAfterMs: 1000 },
  });
  expect((await passed(1, () => limits.room('home'))).taken).toBe(1);
  clock.advance(1000);
  expect((await passed(2, () => limits.room('office'))).taken).toBe(1);
});

it('nothing is refused with RATE_LIMITS off', async () => {
  const limits = new ChatLimits(noRateLimits);
  expect((await passed(3000, () => limits.opening('ada', 'office'))).taken).toBe(3000);
  expect((await passed(700, () => limits.guess('ada', 'office', 'vault'))).taken).toBe(700);
});
