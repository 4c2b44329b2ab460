export { registerClient } from './registerClient.ts';
export { rotateSecret } from './rotateSecret.ts';
