/** The gateway's settings, by the names they have in the environment. Everything else gets them from here. */
import {
  type LogLevel,
  readAllowedOrigins,
  readJwtSecret,
  readLogLevel,
  readPublicUrl,
  readTrustProxy,
  type SettingsReader,
} from '@parley/service';

export interface GatewayConfig {
  readonly logLevel: LogLevel;
  /** Browser sessions in all, attached or waiting for their browser. */
  readonly maxSessions: number;
  /** Browser sessions from one address (one /64 of IPv6). */
  readonly maxSessionsPerAddress: number;
  /** Minutes after which an attached session ends when nothing came from its page: no key, no mouse, no change of focus. */
  readonly sessionIdleMinutes: number;
  /** Minutes a session waits for its browser to come back. */
  readonly sessionGraceMinutes: number;
  /** Terminal clients that share a process; 1: each has one of its own. */
  readonly sessionsPerTuiProcess: number;
  /** Whom the programs run as when the gateway is root. */
  readonly sessionUser: { readonly uid: number; readonly gid: number };
  /** Reverse proxies in front whose X-Forwarded-* headers are believed. */
  readonly trustProxy: number;
  /** Origins beside the gateway's own that may open a terminal: `https://host[:port]`. */
  readonly allowedOrigins: readonly string[];
  readonly publicUrl: URL | undefined;
  /** Where the core is, for a gateway that runs on its own. */
  readonly coreUrl: URL | undefined;
  /** The core's secret; with it the gateway vouches for its visitors' addresses. */
  readonly jwtSecret: string | undefined;
}

const MINUTES_OF_A_WEEK = 7 * 24 * 60;
/** `nobody` and `nogroup` on Linux. */
const NOBODY = 65_534;

export function readGatewayConfig(settings: SettingsReader): GatewayConfig {
  return {
    logLevel: readLogLevel(settings),
    maxSessions: settings.integer('MAX_SESSIONS', 500, { min: 1, max: 1_000_000 }),
    maxSessionsPerAddress: settings.integer('MAX_SESSIONS_PER_ADDRESS', 20, { min: 1, max: 1_000_000 }),
    sessionIdleMinutes: settings.integer('SESSION_IDLE_MINUTES', 720, { min: 1, max: MINUTES_OF_A_WEEK }),
    sessionGraceMinutes: settings.integer('SESSION_GRACE_MINUTES', 10, { min: 0, max: MINUTES_OF_A_WEEK }),
    sessionsPerTuiProcess: settings.integer('SESSIONS_PER_TUI_PROCESS', 250, { min: 1, max: 10_000 }),
    sessionUser: {
      uid: settings.integer('SESSION_UID', NOBODY, { min: 1, max: 2 ** 31 }),
      gid: settings.integer('SESSION_GID', NOBODY, { min: 1, max: 2 ** 31 }),
    },
    trustProxy: readTrustProxy(settings),
    allowedOrigins: readAllowedOrigins(settings),
    publicUrl: readPublicUrl(settings),
    coreUrl: settings.origin('CORE_URL'),
    jwtSecret: readJwtSecret(settings),
  };
}
