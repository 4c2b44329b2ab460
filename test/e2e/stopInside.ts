import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { execa } from 'execa';
import { sleep } from '../../sandbox/kit/loop.ts';
import { programsOf, turnCluster } from '../../sandbox/world/stepFaults.ts';
import type { TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

export interface Hook {
  readonly stopped: Promise<void>;
  readonly end: () => void;
}

/** A read of a system, by its path, which Git has none of; the first one, where it is not said how many to let pass. */
export interface Read {
  readonly system: string;
  readonly path?: string;
  readonly skip?: number;
}

/** Where to stop: in this activity of this client's run, at this read, or at its first one of any system. */
export interface Moment {
  readonly client: string;
  readonly activity: string;
  readonly read?: Read | undefined;
}

/**
 * Stops a worker's process before it is given the answer to a read, which then waits for it in its socket. Faults that were put in
 * before strike first: this one answers every read.
 */
export function stopInside(bed: TestBed, pid: number, { client, activity, read }: Moment): Hook {
  const handle = bed.client.workflow.getHandle(IDS.client(client));
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  let struck = false;
  let over = false;
  let toPass = read?.skip ?? 0;
  const act = async (): Promise<void> => {
    if (struck || !(await isRunning(handle, activity)) || struck) return;
    toPass -= 1;
    if (toPass >= 0) return;
    struck = true;
    process.kill(pid, 'SIGSTOP');
    stop();
  };
  const { system, path } = read ?? {};
  for (const each of system === undefined ? systemsOf(bed) : [system]) {
    if (each === GIT) void answerGit(bed, act, () => over);
    else
      bed.world.faults.add({
        system: each,
        method: 'GET',
        ...(path === undefined ? {} : { path }),
        effect: { kind: 'interpose', act },
      });
  }
  return {
    stopped,
    end: () => {
      over = true;
    },
  };
}

function systemsOf({ world }: TestBed): readonly string[] {
  const { authentik } = world.installation;
  const clusters = [turnCluster(world.installation), `kubernetes/${authentik.cluster}`];
  return [GIT, 'connect', 'authentik', 'forge', ...new Set(clusters)];
}

const GIT = 'git';

async function isRunning(handle: WorkflowHandle, activity: string): Promise<boolean> {
  const { raw } = await handle.describe();
  return (raw.pendingActivities ?? []).some(({ activityType }) => activityType?.name === activity);
}

const ASKED = /^asked\.(\d+)$/;

/** Git asks this test before it gives what it has read. Done before the worker starts, which finds its programs once. */
export async function hookGit(bed: TestBed): Promise<void> {
  const { stdout: real } = await execa('sh', ['-c', `PATH=${process.env['PATH'] ?? ''} command -v git`]);
  const folder = programsOf(bed.world);
  const script = `#!/bin/sh
'${real.trim()}' "$@"
code=$?
case "$*" in ls-remote*)
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
