/** The core's settings, by the names they have in the environment. Everything else gets them from here. */
import {
  type LogLevel,
  readAllowedOrigins,
  readJwtSecret,
  readLogLevel,
  readPublicUrl,
  readTrustProxy,
  type SettingsReader,
} from '@parley/service';
import { version } from '../../../package.json';

export interface CoreConfig {
  /** postgres://…; undefined for the embedded database in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** redis://… of the Redis that replicas share; undefined where there is one process. */
  readonly redisUrl: string | undefined;
  readonly logLevel: LogLevel;
  /** Events that a connection may be behind in a room before the log feeds it. */
  readonly roomBuffer: number;
  readonly publicUrl: URL | undefined;
  readonly allowedOrigins: readonly string[];
  /** Proxies in front that are believed about addresses. */
  readonly trustProxy: number;
  readonly publicRead: boolean;
  readonly rateLimits: boolean;
  /** How long a socket may keep bytes unsent. */
  readonly stallSeconds: number;
  readonly jwtSecret: string | undefined;
  readonly version: string;
}

/** Reads the core's settings; what is wrong with them is kept in the reader until its `finish`. */
export function readCoreConfig(settings: SettingsReader): CoreConfig {
  const databaseVariable = settings.raw('DATABASE_URL') === undefined ? 'DB_URL' : 'DATABASE_URL';
  settings.url(databaseVariable, ['postgres:', 'postgresql:'], 'optional');
  settings.url('REDIS_URL', ['redis:', 'rediss:']);
  const redisUrl = settings.raw('REDIS_URL');
  if (redisUrl !== undefined && settings.raw(databaseVariable) === undefined) {
    settings.problem('REDIS_URL is for replicas on one Postgres, but there is no DATABASE_URL.');
  }
  return {
    redisUrl,
    databaseUrl: settings.raw(databaseVariable),
    dataDir: settings.string('DATA_DIR', './data'),
    logLevel: readLogLevel(settings),
    roomBuffer: settings.integer('CHAT_ROOM_BUFFER', 128, { min: 1, max: 100_000 }),
    publicUrl: readPublicUrl(settings),
    allowedOrigins: readAllowedOrigins(settings),
    trustProxy: readTrustProxy(settings),
    publicRead: settings.flag('PUBLIC_READ', true),
    rateLimits: settings.flag('RATE_LIMITS', true),
    stallSeconds: settings.integer('STALL_SECONDS', 300, { min: 1, max: 86_400 }),
    jwtSecret: readJwtSecret(settings),
    version,
  };
}
