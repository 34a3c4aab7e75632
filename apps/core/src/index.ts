export { type CoreConfig, readCoreConfig } from './config.ts';
export { openCore, type OpenedCore, type StartProgress } from './open-core.ts';
export { type Core, type CoreOptions, createCore } from './server.ts';
