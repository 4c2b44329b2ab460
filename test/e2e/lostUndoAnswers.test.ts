import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import type { Land } from '../../core/run/steps.ts';
import type { LayoutName } from '../../sandbox/world/layout.ts';
import type { Fault } from '../../sandbox/faults/faults.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { eventually } from '../fixtures/polling.ts';
import { UNDOS } from '../fixtures/undos.ts';
import { QUICK_RETRY, useTestBed, type Failed, type TestBed } from './testBed.ts';

/** What an undo of a client that was made whole reports, change id and commits aside. */
function everything({ world }: TestBed, name: string): readonly string[] {
  const { authentik, gitops, naming } = world.installation;
  const first = gitops.land === 'first';
  const live = first ? `no longer names ${name}` : 'is as at COMMIT';
  const field = naming?.vaultField?.replace('{name}', name) ?? `${name}-client-secret`;
  return [
    ...(first ? ['COMMIT takes the change back'] : []),
    `ConfigMap ${authentik.blueprints.configMap} ${live}`,
    `Deployment ${authentik.deployment.name} ${live}`,
    `Authentik application ${name} deleted`,
    `Authentik provider Client ${name} deleted`,
    `Authentik group ${name}-bots deleted`,
    `Authentik service account svc-${name} deleted`,
    `ExternalSecret ${authentik.externalSecret.name} ${live}`,
    `vault field ${field} is out of service`,
    `vault field ${field}, still pending, removed`,
    `branch oidc-registrar/${name}-CHANGE deleted`,
    ...(first ? [] : ['the turn at authentik is released']),
  ];
}

function plain(texts: readonly string[]): readonly string[] {
  return texts.map((text) =>
    text
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'CHANGE')
      .replaceAll(/\b[0-9a-f]{12}\b/g, 'COMMIT'),
  );
}

function expectEverything(bed: TestBed, failure: Failed, name: string): void {
  expect(failure.kept).toEqual([]);
  expect(plain(failure.undone).toSorted()).toEqual(everything(bed, name).toSorted());
}

describe.each<{ layout: LayoutName; land: Land }>([
  { layout: 'manual', land: 'last' },
  { layout: 'auto', land: 'first' },
])('with land: $land', ({ layout, land }) => {
  let bed: TestBed;
  useTestBed({ layout, worker: 'none' }, (started) => {
    bed = started;
  });

  it('every undo whose answer is lost reports in its next attempt what the first has taken back', async () => {
    const lost: string[] = [];
    await bed.startWorker({ activityInterceptors: [losing(lost)] });
    await failStep(bed.world, 'verifyRegistration', { land, slug: 'lost', mayApply: true });

    const failure = await bed.fail('lost', clientNamed('lost', layout));

    expect(lost.toSorted()).toEqual(UNDOS[land].toSorted());
    expectEverything(bed, failure, 'lost');
  });
});

/** Lets each undo do its work, and loses its first answer. */
function losing(lost: string[]): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const answer = await next(input);
        const undo = typeof answer === 'object' && answer !== null && 'blocks' in answer;
        if (!undo || lost.includes(info.activityType)) return answer;
        lost.push(info.activityType);
        throw ApplicationFailure.retryable(`the answer of ${info.activityType} is lost`);
      },
    },
  });
}

describe('a worker that is killed in an undo', () => {
  let bed: TestBed;
  useTestBed(
    {
      worker: 'process',
      adjust: (installation) => {
        const quick = QUICK_RETRY(installation);
        return { ...quick, timings: { ...quick.timings, undoRetryMs: 60_000 } };
      },
    },
    (started) => {
      bed = started;
    },
  );

  it('right after a deed, twice, is followed by one that reports it too', async () => {
    const { world } = bed;
    const { rows } = world.authentik.database;
    const labels = () => world.connect.item(world.installation.vault.itemId).fields.map((field) => field.label ?? '');
    const followed = async (): Promise<void> => {
      await bed.killWorker();
      await bed.startWorkerProcess();
    };
    const slow = { times: 1, effect: { kind: 'delay', ms: 5_000 } } as const;
    await failStep(world, 'verifyRegistration', { land: 'last', slug: 'killed', mayApply: true });
    const arm = { method: 'DELETE', path: '/applications/' };
    const removed: Fault = { system: 'authentik', method: 'GET', path: '/oauth2/', arm, ...slow };
    world.faults.add(removed);
    const handle = await bed.start('killed', clientNamed('killed'));

    await eventually(
      () => world.faults.struck(removed),
      (times) => times > 0,
    );
    expect(rows.applications.map((row) => row.slug)).not.toContain('killed');
    world.faults.add({ system: 'connect', method: 'GET', arm: { method: 'PUT', body: '\\(pending' }, ...slow });
    await followed();

    await eventually(() => !labels().includes('killed-client-secret'), Boolean);
    await followed();

    expectEverything(bed, await bed.failure(handle), 'killed');
  });
});
