export { registerClient } from './registerClient.ts';
