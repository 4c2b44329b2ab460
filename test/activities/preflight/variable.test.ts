import { describe, expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { assertRollsOut } from '../../../activities/preflight/cluster.ts';
import { hasVariable, noOldValue, variableWarnings } from '../../../activities/preflight/variable.ts';
import type { SharedObjects } from '../../../activities/preflight/world.ts';
import type { RolloutState } from '../../../integrations/kubernetes/deployments.ts';
import type { Job } from '../../../core/run/job.ts';
import type { Names } from '../../../core/names/names.ts';

const deployment = { file: 'worker.yaml', name: 'authentik-worker', container: 'worker' };
const authentik = { namespace: 'identity', externalSecret: {}, blueprints: {}, deployment };
const deps = { installation: { authentik } } as unknown as Pick<Deps, 'installation'>;
const names = { envVar: 'WIKI_SECRET', secretKey: 'WIKI_SECRET' } as Names;
const FROM = { secretRef: { name: 'authentik-env' } };

function live(container: object): SharedObjects {
  const spec = { containers: [{ name: 'worker', ...container }] };
  return {
    externalSecret: { targetSecret: 'authentik-env' },
    deployment: { spec: { template: { spec } } },
  } as unknown as SharedObjects;
}

function judge(container: object, edits: readonly object[] = [], own: object = {}): () => void {
  const job = { names: { ...names, ...own }, edits } as unknown as Parameters<typeof hasVariable>[0]['job'];
  return () => hasVariable({ deps, edits, job, cluster: live(container) });
}

describe('a client whose blueprint discovery may have an old pod apply', () => {
  const lands = { names, edits: [], before: { vaultField: false }, land: 'first', mode: 'discovery', continued: false };
  const judged = async (held: string | undefined, more: object = {}): Promise<void> => {
    const externalSecrets = { secretValue: async () => held };
    const job = { ...lands, ...more } as unknown as Job;
    await noOldValue({ ...deps, externalSecrets } as unknown as Deps, job, { targetSecret: 'authentik-env' });
  };

  it('is refused where the Secret holds a value of it already, with the command that takes it out', async () => {
    await expect(judged('withdrawn')).rejects.toMatchObject({
      kind: 'Refused',
      message: expect.stringMatching(/^Secret identity\/authentik-env holds WIKI_SECRET before/) as string,
      remedy: expect.stringContaining('kubectl -n identity patch secret authentik-env') as string,
    });
  });

  it.each([
    { land: 'last' },
    { mode: 'apply' },
    { continued: true },
    { before: { vaultField: true } },
    { edits: [{ entry: 'deployment', kind: 'changed' }] },
  ])('is not with %o, nor where the Secret holds none', async (more) => {
    await judged('withdrawn', more);
    await judged(undefined);
  });
});

describe('a client without an entry in the Deployment', () => {
  it('has its variable by envFrom of the Secret', () => {
    expect(judge({ envFrom: [{ configMapRef: { name: 'settings' } }, FROM] })).not.toThrow();
  });

  it('needs neither with one, nor where a file brings the secret', () => {
    expect(judge({}, [{ entry: 'deployment', kind: 'changed' }])).not.toThrow();
    expect(judge({}, [], { secretFile: '/secrets/wiki' })).not.toThrow();
  });

  it.each<[string, object, string]>([
    ['lives without envFrom', {}, 'gets no variable WIKI_SECRET: it has no envFrom of Secret authentik-env'],
    ['lives with that of another Secret', { envFrom: [{ secretRef: { name: 'other' } }] }, 'gets no variable'],
    ['lives with a prefix', { envFrom: [{ ...FROM, prefix: 'WIKI_' }] }, 'gets no variable'],
    [
      'lives with a variable that says otherwise',
      { envFrom: [FROM], env: [{ name: 'WIKI_SECRET', value: 'hunter2' }] },
      'has a variable WIKI_SECRET of its own, which is taken in place of',
    ],
  ])('is refused where the worker %s', (_, container, message) => {
    expect(judge(container)).toThrow(
      expect.objectContaining({ kind: 'Refused', message: expect.stringContaining(message) as string }),
    );
    expect(judge(container)).not.toThrow('hunter2');
  });

  it('is warned of what comes later and may hold the same key', () => {
    const later = [FROM, { configMapRef: { name: 'settings' } }, { prefix: 'X_', secretRef: { name: 'x' } }];
    expect(variableWarnings(deps, names, live({ envFrom: later }))).toEqual([
      'ConfigMap settings comes later in envFrom: a key WIKI_SECRET of it would be taken in place of that of Secret authentik-env',
    ]);
    expect(variableWarnings(deps, names, live({ envFrom: [FROM] }))).toEqual([]);
  });
});

it('a strategy that stops the last pod first is refused where a new one would need its key to start', () => {
  const settings = { gitops: { land: 'first' }, authentik };
  const rollout = { complete: true, replicas: 1, canReachZero: true } as RolloutState;
  const judged = (...entries: readonly string[]) => {
    const edits = entries.map((entry) => ({ entry })) as unknown as Job['edits'];
    return () => assertRollsOut({ installation: settings } as unknown as Deps, rollout, { continued: false, edits });
  };
  expect(judged('externalSecret', 'deployment')).toThrow('the pod may come before its Secret');
  expect(judged('externalSecret')).not.toThrow();
});
