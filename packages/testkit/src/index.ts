export { findChromium, launchBrowser } from './browser.ts';
export { countOpenResources, failOnLeaks } from './leak-check.ts';
export { pollFor, type PollOptions } from './poll-for.ts';
export { findPostgresBinaries, type PostgresCluster, startPostgresCluster } from './postgres-cluster.ts';
export { type AnyMessage, type Match, RawClient, type RawClientOptions } from './raw-client.ts';
export { makeTemporaryFolder, type TemporaryFolder } from './temporary-folder.ts';
export { createTestDatabase, realPostgres, type TestDatabase } from './test-database.ts';
export { TestServer, type TestServerOptions } from './test-server.ts';
export { type ScreenCell, TestTerminal, type TestTerminalOptions } from './test-terminal.ts';
