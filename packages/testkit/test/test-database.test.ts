import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { createTestDatabase, failOnLeaks, realPostgres } from '@parley/testkit';

describe.skipIf(realPostgres().missing !== undefined)('a database of a test’s own', () => {
  failOnLeaks();

  test('is empty, takes statements, and is gone once dropped', async () => {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query('CREATE TABLE rooms (name text)');
    expect((await client.query('SELECT * FROM rooms')).rowCount).toBe(0);
    await client.end();
    await database.drop();
    await database.drop();
    await expect(new Client({ connectionString: database.url }).connect()).rejects.toThrow('does not exist');
  });
});
