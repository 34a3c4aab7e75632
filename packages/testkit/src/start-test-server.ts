import { createTestDatabase, realPostgres } from './test-database.ts';
import { TestServer, type TestServerOptions } from './test-server.ts';

/** Starts a server on a database of its own: of the real Postgres where there is one, else the embedded one. */
export async function startTestServer(
  options: TestServerOptions = {},
): Promise<{ readonly server: TestServer; close(): Promise<void> }> {
  const database = realPostgres().missing === undefined ? await createTestDatabase() : undefined;
  const env = { ...(database === undefined ? {} : { DATABASE_URL: database.url }), ...options.env };
  const server = await TestServer.start({ ...options, env });
  return {
    server,
    close: async () => {
      await server.close();
      await database?.drop();
    },
  };
}
