/** Reading back has no rate: what others ask for is not waited for. */
import { expect, it } from 'vitest';
import { pollFor } from '@parley/testkit';
import { storeOfFile } from './store-of-file.ts';
import { startTestCore } from './start-test-core.ts';

const opened = storeOfFile();

it('two pages are read at a time, however many ask, over WebSockets and HTTP', async () => {
  const core = await startTestCore(opened.store);
  const { log, activity } = opened.store;
  let running = 0;
  let most = 0;
  const releases: (() => void)[] = [];
  const held = async <Page>(read: () => Promise<Page>): Promise<Page> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => releases.push(resolve));
    running -= 1;
    return read();
  };
  const page = log.page.bind(log);
  const between = activity.between.bind(activity);
  log.page = (request) => held(() => page(request));
  activity.between = (span) => held(() => between(span));
  const clients = await Promise.all(Array.from({ length: 4 }, () => core.enter()));
  const asked = [
    ...clients.map((client) => client.request({ type: 'history', room: 'lobby', before: 1 })),
    ...(await Promise.all([core.enter(), core.enter()])).map((client) =>
      client.request({ type: 'room.join', room: 'lobby', since: 0 }),
    ),
    // A page of the log, which is empty, and one of activity.
    ...Array.from({ length: 4 }, () => fetch(`${core.url}/api/history`)),
  ];
  for (let at = 0; at < clients.length + 2 + 2 * 4; at += 1) {
    await pollFor(() => releases.length > at, true, { what: 'the next page to be read' });
    releases[at]?.();
  }
  await Promise.all(asked);
  expect(most).toBe(2);
  await core.close();
});
