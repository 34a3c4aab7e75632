export { readCoreConfig } from './config.ts';
export { openCore, type StartProgress } from './open-core.ts';
