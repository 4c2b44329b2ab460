export { checkAllClients } from './checkAllClients.ts';
export { checkClient } from './checkClient.ts';
export { deregisterClient } from './deregisterClient.ts';
export { planClient } from './planClient.ts';
export { registerClient } from './registerClient.ts';
export { rotateSecret } from './rotateSecret.ts';
