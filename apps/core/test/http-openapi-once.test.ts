import { expect, test, vi } from 'vitest';
import { describeApi } from '../src/http/openapi.ts';
import { startTestApi } from './start-test-api.ts';
import { storeOfFile } from './store-of-file.ts';

vi.mock(import('../src/http/openapi.ts'), async (load) => ({
  describeApi: vi.fn<typeof describeApi>((await load()).describeApi),
}));

const opened = storeOfFile();

test('the description of the API, which anyone may ask for and which takes long to make, is made once', async () => {
  const api = await startTestApi(opened.store);
  const [first, second] = [await api.get('/api/openapi.json'), await api.get('/api/openapi.json')];
  expect(first).toMatchObject({ status: 200, body: { openapi: '3.1.0' } });
  expect(second.body).toEqual(first.body);
  expect(describeApi).toHaveBeenCalledTimes(1);
  await api.close();
});
