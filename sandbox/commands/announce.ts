import { randomUUID } from 'node:crypto';
import { noteSandbox } from '../../client/runningSandbox.ts';
import { startControl } from '../world/control.ts';
import type { Sandbox } from '../world/sandbox.ts';

/** Lets commands here find the sandbox, until it stops. Throws `Refused` where another one runs. */
export async function announce(sandbox: Sandbox, cacheDir: string): Promise<void> {
  const nonce = randomUUID();
  const control = await startControl(sandbox.world, nonce);
  sandbox.onStop(() => control.close());
  const { address, uiUrl: ui = '' } = sandbox.temporal;
  sandbox.onStop(await noteSandbox(cacheDir, { pid: process.pid, nonce, control: control.url, temporal: address, ui }));
}
