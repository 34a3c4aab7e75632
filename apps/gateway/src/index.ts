export * from './config.ts';
export * from './gateway.ts';
export type { TuiProgram } from './launch-command.ts';
