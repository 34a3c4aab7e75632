export * from './client-address.ts';
export * from './environment.ts';
export * from './http-server.ts';
export * from './logger.ts';
export * from './origin.ts';
export * from './run-service.ts';
export * from './ticket.ts';
export * from './verified-tokens.ts';
