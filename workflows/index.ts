export { checkAllClients } from './check/checkAllClients.ts';
export { checkClient } from './check/checkClient.ts';
export { deregisterClient } from './deregister/deregisterClient.ts';
export { diagnoseInstallation } from './doctor/diagnoseInstallation.ts';
export { planClient } from './plan/planClient.ts';
export { registerClient } from './register/registerClient.ts';
export { rotateSecret } from './rotate/rotateSecret.ts';
