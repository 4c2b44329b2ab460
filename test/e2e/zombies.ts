import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { execa } from 'execa';
import { canonicalWorkflowId } from '../../core/run.ts';
import { sleep } from '../../sandbox/loop.ts';
import { programsOf, turnCluster } from '../../sandbox/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import type { TestBed } from './testBed.ts';

/**
 * Stops the worker's process when this activity of a registration has read something and is to write, lets another worker take the
 * cancelled run back, and continues the first one, which still holds the old answer. Nothing may change by that.
 */
export async function expectHarmless(bed: TestBed, activity: string): Promise<void> {
  const client = `z-${activity.toLowerCase()}`;
  await hookGit(bed);
  const worker = await bed.startWorkerProcess();
  await bed.world.settled();
  const before = await bed.world.snapshot();
  const hook = stopInside(bed, client, worker.pid, activity);
  const handle = await bed.start(client, clientNamed(client));
  await hook.stopped;

  await bed.startWorkerProcess();
  await handle.cancel();
  await handle.result().catch(() => undefined);
  await bed.expectAsBefore(before);

  process.kill(worker.pid, 'SIGCONT');
  // An orderly end waits for the activity, which by now has found out, or done its harm.
  await worker.stop();
  hook.end();
  await bed.expectAsBefore(before);
}

interface Hook {
  readonly stopped: Promise<void>;
  end(): void;
}

/** Stops the worker before it is given the first answer to a read of this activity, which then waits for it in its socket. */
function stopInside(bed: TestBed, client: string, pid: number, activity: string): Hook {
  const handle = bed.client.workflow.getHandle(canonicalWorkflowId(client));
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  let struck = false;
  let over = false;
  const act = async (): Promise<void> => {
    if (struck || !(await isRunning(handle, activity)) || struck) return;
    struck = true;
    process.kill(pid, 'SIGSTOP');
    stop();
  };
  const { authentik } = bed.world.installation;
  for (const system of [
    'connect',
    'authentik',
    'forge',
    turnCluster(bed.world.installation),
    `kubernetes/${authentik.cluster}`,
  ])
    bed.world.faults.add({ system, method: 'GET', effect: { kind: 'interpose', act } });
  void answerGit(bed, act, () => over);
  return { stopped, end: () => void (over = true) };
}

async function isRunning(handle: WorkflowHandle, activity: string): Promise<boolean> {
  const { raw } = await handle.describe();
  return (raw.pendingActivities ?? []).some(({ activityType }) => activityType?.name === activity);
}

const ASKED = /^asked\.(\d+)$/;

/** Git asks this test before it gives what it has read. */
async function hookGit(bed: TestBed): Promise<void> {
  const { stdout: real } = await execa('sh', ['-c', `PATH=${process.env['PATH'] ?? ''} command -v git`]);
  const folder = programsOf(bed.world);
  const script = `#!/bin/sh
'${real.trim()}' "$@"
code=$?
case "$*" in fetch*)
  : > '${folder}/asked.'$$
  while [ ! -e '${folder}/go.'$$ ] && [ -e '${folder}/hooked' ]; do sleep 0.02; done ;;
esac
exit $code
`;
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'git'), script);
  await chmod(path.join(folder, 'git'), 0o755);
}

async function answerGit(bed: TestBed, act: () => Promise<void>, isOver: () => boolean): Promise<void> {
  const folder = programsOf(bed.world);
  await writeFile(path.join(folder, 'hooked'), '');
  const seen = new Set<string>();
  while (!isOver()) {
    // The bed is well again, and nobody asks any more.
    const names = await readdir(folder).catch(() => undefined);
    if (names === undefined) return;
    for (const name of names) {
      const id = ASKED.exec(name)?.[1];
      if (id === undefined || seen.has(id)) continue;
      seen.add(id);
      // One that is held holds up no other.
      void act().then(() => writeFile(path.join(folder, `go.${id}`), ''));
    }
    await sleep(20);
  }
}
