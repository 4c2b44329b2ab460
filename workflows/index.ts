export { deregisterClient } from './deregisterClient.ts';
export { registerClient } from './registerClient.ts';
