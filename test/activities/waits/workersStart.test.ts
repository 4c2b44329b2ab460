import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { filesOfWorkers } from '../../../activities/waits/blueprint.ts';
import { waitUnmounted } from '../../../activities/waits/blueprint.ts';
import { RegistrarError, type ErrorKind } from '../../../core/base/errors.ts';
import type { Job } from '../../../core/run/job.ts';

const PATH = 'mnt/zot.yaml';
const job = { names: { blueprintPath: PATH } } as unknown as Job;

function refused(kind: ErrorKind, status: number): RegistrarError {
  const message = 'no Authentik worker answers yet';
  return new RegistrarError({ system: 'Authentik', kind, status, message, remedy: 'Wait.' });
}

/** Authentik that answers these in turn, the last one for ever. */
function answering(...answers: readonly (RegistrarError | readonly string[])[]): Deps {
  let next = 0;
  return {
    installation: {
      timings: { pollMs: 1, absentForMs: 1 },
      authentik: { namespace: 'authentik', blueprints: { configMap: 'blueprints' } },
    },
    cluster: { get: async () => undefined },
    authentik: {
      available: async () => {
        const answer = answers[Math.min(next, answers.length - 1)] ?? [];
        next += 1;
        if (answer instanceof RegistrarError) throw answer;
        return answer.map((path) => ({ path, hash: '', name: undefined }));
      },
    },
  } as unknown as Deps;
}

describe('while no worker answers', () => {
  it('says so, and tells other failures on', async () => {
    const starting = refused('Unavailable', 500);
    expect(await filesOfWorkers(answering(starting))).toEqual({ waiting: starting.message });
    await expect(filesOfWorkers(answering(refused('Unavailable', 503)))).rejects.toMatchObject({ status: 503 });
    await expect(filesOfWorkers(answering(refused('Unauthorized', 403)))).rejects.toMatchObject({ status: 403 });
  });

  it('takes the file for mounted, and waits on', async () => {
    const starting = refused('Unavailable', 500);
    const environment = new MockActivityEnvironment({ startToCloseTimeoutMs: 60_000 });
    const said: unknown[] = [];
    environment.on('heartbeat', (details: unknown) => said.push(details));
    await environment.run(() => waitUnmounted(answering(starting, [PATH], starting, []), job));
    const waits = said.map((details) => (details as { waiting: string }).waiting);
    expect(waits.slice(0, 3)).toEqual([starting.message, `${PATH} is still mounted in a worker`, starting.message]);
  });
});
