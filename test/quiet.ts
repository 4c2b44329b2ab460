import { Runtime } from '@temporalio/worker';
import { logLines } from './e2e/logLines.ts';

const installed = Symbol.for('oidc-registrar.test.runtime');
const shared = globalThis as { [installed]?: true };

/** Workers of tests log into memory: a test searches what they said for secrets. Once a process, which test files share. */
if (shared[installed] === undefined) {
  shared[installed] = true;
  Runtime.install({ logger: logLines, telemetryOptions: { logging: { filter: 'ERROR' } } });
}
