import { randomBytes } from 'node:crypto';
import { MAX_SESSIONS_OF_USER } from '@parley/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeOfFile } from './store-of-file.ts';
import { startTestApi, type TestApi } from './start-test-api.ts';

const opened = storeOfFile();
let api: TestApi;
let made = 0;
const newNick = (): string => `tab-${(made += 1)}`;
const newPath = (): string => `/api/terminal-sessions/${randomBytes(32).toString('hex')}`;
const password = 'correct horse';
const state = { room: 'lobby', scroll: { seq: 7, row: 2 }, draft: 'half a thought \u{1f469}\u200d\u{1f680}\n' };

beforeAll(async () => {
  api = await startTestApi(opened.store);
});
afterAll(() => api.close());

const refusal = (status: number, code: string) => ({ status, body: { error: { code } } });
const put = (path: string, token: string | undefined, body: unknown = state) => api.call('PUT', path, { body, token });
const newGuest = async () => api.accounts.guest(newNick());

test('a guest comes back to room, scroll position and draft, with a token that works', async () => {
  const { you, token } = await newGuest();
  const path = newPath();
  expect(await put(path, token)).toMatchObject({ status: 200, body: {} });
  const { status, body, headers } = await api.get(path);
  expect({ status, body }).toEqual({ status: 200, body: { ...state, you, token: expect.stringMatching(/^eyJ/) } });
  expect(headers.get('cache-control')).toBe('no-store');
  expect(await api.accounts.authenticate(body.token)).toMatchObject(you);
});

test('an account comes back with an access token and a refresh token', async () => {
  const { you, accessToken } = await api.accounts.register({ nick: newNick(), password }, 'test');
  const path = newPath();
  await put(path, accessToken, {});
  const { body } = await api.get(path);
  expect(body).toEqual({ you, token: expect.any(String), expiresInSeconds: 900, refreshToken: expect.any(String) });
  expect(await api.accounts.authenticate(body.token)).toMatchObject(you);
  expect(await api.accounts.refresh(body.refreshToken)).toMatchObject({ you });
});

test('a later state takes the place of an earlier one, whosever it was', async () => {
  const one = await newGuest();
  const two = await newGuest();
  const path = newPath();
  await put(path, one.token);
  await put(path, two.token, { draft: 'mine now' });
  const { body } = await api.get(path);
  expect(body).toEqual({ draft: 'mine now', you: two.you, token: expect.any(String) });
});

test('a key under which nothing is kept is not found', async () => {
  expect(await api.get(newPath())).toMatchObject(refusal(404, 'not_found'));
});

test.each(['short', 'A'.repeat(64), 'g'.repeat(64), '0'.repeat(65)])('%s is no key', async (key) => {
  expect(await api.get(`/api/terminal-sessions/${key}`)).toMatchObject(refusal(400, 'bad_request'));
});

test('keeping takes a token, of a session that is live', async () => {
  const { token, principal } = await newGuest();
  expect(await put(newPath(), undefined)).toMatchObject(refusal(401, 'unauthorized'));
  await api.accounts.logout({ sessionId: principal.sessionId, userId: principal.id });
  expect(await put(newPath(), token)).toMatchObject(refusal(401, 'unauthorized'));
});

test('a state that was put while its user signed out is not kept', async () => {
  const { token, principal } = await newGuest();
  const path = newPath();
  const { terminals } = opened.store;
  const realPut = terminals.put.bind(terminals);
  terminals.put = async (key, kept) => {
    await api.accounts.logout({ sessionId: principal.sessionId, userId: principal.id });
    await realPut(key, kept);
  };
  try {
    expect(await put(path, token)).toMatchObject(refusal(401, 'unauthorized'));
  } finally {
    terminals.put = realPut;
  }
  expect(await api.get(path)).toMatchObject({ status: 404 });
});

test('a tab that comes back while its user changes the password gets nothing that outlives the change', async () => {
  const { accessToken } = await api.accounts.register({ nick: newNick(), password }, 'test');
  const principal = await api.accounts.authenticate(accessToken);
  const path = newPath();
  await put(path, accessToken);
  const { sessions } = opened.store;
  const create = sessions.create.bind(sessions);
  let made = '';
  sessions.create = async (session) => {
    await api.accounts.changePassword(principal, { current: password, next: 'battery staple' });
    made = (await create(session)).id;
    return { id: made };
  };
  try {
    expect(await api.get(path)).toMatchObject(refusal(404, 'not_found'));
  } finally {
    sessions.create = create;
  }
  expect((await sessions.get(made))?.revokedAt).toBeInstanceOf(Date);
});

test('a sign-out forgets all of the user’s tabs, and nobody else’s', async () => {
  const { you, accessToken } = await api.accounts.register({ nick: newNick(), password }, 'test');
  const other = await newGuest();
  const paths = [newPath(), newPath(), newPath()];
  await put(paths[0] ?? '', accessToken);
  await put(paths[1] ?? '', (await api.accounts.login({ nick: you.nick, password }, 'test')).accessToken);
  await put(paths[2] ?? '', other.token);
  await api.call('POST', '/api/auth/logout', { token: accessToken });
  const statuses = await Promise.all(paths.map(async (path) => (await api.get(path)).status));
  expect(statuses).toEqual([404, 404, 200]);
});

test('only its owner can have a state forgotten, once or twice', async () => {
  const { token } = await newGuest();
  const path = newPath();
  await put(path, token);
  expect(await api.call('DELETE', path)).toMatchObject(refusal(401, 'unauthorized'));
  expect(await api.call('DELETE', path, { token: (await newGuest()).token })).toMatchObject(refusal(404, 'not_found'));
  expect(await api.call('DELETE', path, { token })).toMatchObject({ status: 200, body: {} });
  expect(await api.call('DELETE', path, { token })).toMatchObject({ status: 200, body: {} });
  expect(await api.get(path)).toMatchObject({ status: 404 });
});

test('the drafts of other rooms are kept in their order, and take 16 KiB together', async () => {
  const { you, token } = await newGuest();
  const path = newPath();
  const drafts = [
    { room: 'ops', text: 'what \\u0000 is' },
    { room: 'dev', text: 'é'.repeat(8000) },
  ];
  expect(await put(path, token, { ...state, drafts })).toMatchObject({ status: 200 });
  expect((await api.get(path)).body).toEqual({ ...state, drafts, you, token: expect.any(String) });
  await put(path, token, state);
  expect((await api.get(path)).body).not.toHaveProperty('drafts');
  const more = [...drafts, { room: 'lobby', text: 'x'.repeat(400) }];
  expect(await put(path, token, { drafts: more })).toMatchObject(refusal(400, 'bad_request'));
  const unclean = [{ room: 'dev', text: 'a\u0000b' }];
  expect(await put(path, token, { drafts: unclean })).toMatchObject(refusal(400, 'bad_request'));
});

test('a draft takes 16 KiB, and not a byte more', async () => {
  const { token } = await newGuest();
  expect(await put(newPath(), token, { draft: 'é'.repeat(8192) })).toMatchObject({ status: 200 });
  expect(await put(newPath(), token, { draft: `${'é'.repeat(8192)}x` })).toMatchObject(refusal(400, 'bad_request'));
});

test.each([
  ['a scroll position beyond 2 KiB', { scroll: 'x'.repeat(2048) }],
  ['U+0000 in a scroll position', { scroll: { at: 'a\0b' } }],
  ['a lone surrogate in a draft', { draft: '\ud800' }],
  ['a room that is no name', { room: 'no name' }],
  ['a number for a draft', { draft: 7 }],
  ['a list', []],
])('%s is refused', async (_, body) => {
  const { token } = await newGuest();
  expect(await put(newPath(), token, body)).toMatchObject(refusal(400, 'bad_request'));
});

test('a scroll position nested ten thousand deep is refused', async () => {
  const { token } = await newGuest();
  const body = `{"scroll":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
  expect(await put(newPath(), token, body)).toMatchObject(refusal(400, 'bad_request'));
});

test('a user keeps so many states, and the oldest make room', async () => {
  const { token } = await newGuest();
  const paths = Array.from({ length: MAX_SESSIONS_OF_USER + 3 }, newPath);
  for (const path of paths) expect(await put(path, token)).toMatchObject({ status: 200 });
  const statuses = await Promise.all(paths.map(async (path) => (await api.get(path)).status));
  expect(statuses).toEqual([404, 404, 404, ...Array.from({ length: MAX_SESSIONS_OF_USER }, () => 200)]);
});

test('with RATE_LIMITS on, keeping, asking and forgetting run out together, for one user', async () => {
  const limited = await startTestApi(opened.store, { rateLimits: true });
  const [{ token }, other] = [await newGuest(), await newGuest()];
  const path = newPath();
  const ask = (method: string, body?: unknown) => limited.call(method, path, { body, token });
  const answers = await Promise.all(Array.from({ length: 201 }, () => ask('PUT', state)));
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
  for (const method of ['GET', 'DELETE']) expect(await ask(method)).toMatchObject(refusal(429, 'rate_limited'));
  expect(await limited.call('PUT', newPath(), { body: state, token: other.token })).toMatchObject({ status: 200 });
  await limited.close();
});
