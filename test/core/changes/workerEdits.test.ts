import { describe, expect, it } from 'vitest';
import { planFileChanges, planFileRemovals, type ChangeInput } from '../../../core/changes/fileChanges.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { changesResource, editsResource } from '../../../core/run/job.ts';
import { shortFiles, zotRegistration } from '../../fixtures/zot.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';

const registration = checkRegistration(
  { ...zotRegistration, spec: { ...zotRegistration.spec, consumers: [] } },
  'test',
);
const secret = `kind: ExternalSecret
metadata: { name: authentik }
spec:
  target: { name: authentik-config }
  data:
    - secretKey: OTHER
      remoteRef: { key: Authentik, property: OTHER }
`;

function deployment(...lines: readonly string[]): string {
  return `kind: Deployment
metadata: { name: worker }
spec:
  template:
    spec:
      containers:
        - name: worker
${lines.map((line) => `          ${line}\n`).join('')}`;
}

function input(worker: string, valuesPath?: string, naming = { secretKey: '{NAME}_SECRET' }): ChangeInput {
  const short = shortFiles();
  const installation = {
    ...short,
    authentik: { ...short.authentik, deployment: { ...short.authentik.deployment, valuesPath } },
    naming: { ...short.naming, envVar: '{NAME}_SECRET', ...naming },
  };
  const files: Readonly<Record<string, string>> = { 'secret.yaml': secret, 'worker.yaml': worker };
  return {
    registration,
    installation,
    names: resolveNames(registration, installation),
    blueprintText: 'version: 1\n',
    steps: ['patchExternalSecret'],
    read: (path) => files[path],
  };
}

const ENV_FROM = 'envFrom: [{ secretRef: { name: authentik-config } }]';

describe('a Secret of which the worker has every key as a variable', () => {
  it.each<[string, string, string?]>([
    ['by envFrom', deployment(ENV_FROM)],
    ['below other variables', deployment('env: [{ name: A, value: b }]', ENV_FROM)],
    [
      'by the values of the chart',
      'global:\n  env: []\n  envFrom:\n    - secretRef: { name: authentik-config }\n',
      'global.env',
    ],
    ['by the Secret of the chart', 'authentik: { existingSecret: { secretName: authentik-config } }\n', 'worker.env'],
    [
      'by an entry of another list of the chart',
      'global: { env: [{ name: ZOT_SECRET, valueFrom: { secretKeyRef: { name: authentik-config, key: ZOT_SECRET } } }] }\n',
      'worker.env',
    ],
  ])('needs no entry: %s', (_, worker, valuesPath) => {
    const edits = planFileChanges(input(worker, valuesPath));
    expect(edits.map(({ path, kind }) => [path, kind])).toEqual([['secret.yaml', 'changed']]);
    expect(editsResource({ edits }, 'deployment')).toBe(false);
    expect(planFileRemovals(input(worker, valuesPath)).map(({ path }) => path)).toEqual(['secret.yaml']);
  });

  it('may have the key under a prefix', () => {
    const worker = deployment('envFrom: [{ prefix: ZOT_, secretRef: { name: authentik-config } }]');
    const edits = planFileChanges(input(worker, undefined, { secretKey: 'SECRET' }));
    expect(edits.map(({ path }) => path)).toEqual(['secret.yaml']);
  });

  it.each([
    ['the key is called otherwise than the variable', deployment(ENV_FROM), { secretKey: 'zot-secret' }],
    ['another Secret alone is taken whole', deployment(ENV_FROM.replace('-config', '')), undefined],
    ['the prefix makes another name of the key', deployment(ENV_FROM.replace('{ ', '{ prefix: X_, ')), undefined],
  ])('needs the entry where %s', (_, worker, naming) => {
    const edits = planFileChanges(input(worker, undefined, naming));
    expect(edits.map(({ path, kind }) => [path, kind])).toEqual([
      ['secret.yaml', 'changed'],
      ['worker.yaml', 'changed'],
    ]);
    expect(editsResource({ edits }, 'deployment')).toBe(true);
  });

  it('keeps an entry of ours that was there before, and gives it back', () => {
    const before = deployment('env:', '  - name: A', '    value: b', ENV_FROM);
    const entry = planFileChanges(input(before.replace(ENV_FROM, ''))).find(({ path }) => path === 'worker.yaml');
    const both = `${entry?.after.trimEnd()}\n          ${ENV_FROM}\n`;
    expect(planFileChanges(input(both)).map(({ path, kind }) => [path, kind])).toEqual([
      ['secret.yaml', 'changed'],
      ['worker.yaml', 'alreadyThere'],
    ]);
    const back = planFileRemovals(input(both)).find(({ path }) => path === 'worker.yaml');
    expect(back).toMatchObject({ kind: 'changed' });
    expect(back?.after).not.toContain('ZOT_SECRET');
  });

  it.each<[string, string, string | undefined, string]>([
    [
      'in the same list',
      deployment('env:', '  - { name: ZOT_SECRET, value: hunter2 }', ENV_FROM),
      undefined,
      'an entry of that name is there but different',
    ],
    [
      'in another list of the chart',
      'global: { env: [{ name: ZOT_SECRET, value: hunter2 }], envFrom: [{ secretRef: { name: authentik-config } }] }\n',
      'worker.env',
      'another list of the chart holds ZOT_SECRET already: take it out there',
    ],
  ])('is refused where a variable of that name says otherwise, %s', (_, worker, valuesPath, reason) => {
    expect(() => planFileChanges(input(worker, valuesPath))).toThrow(reason);
    expect(() => planFileChanges(input(worker, valuesPath))).not.toThrow('hunter2');
  });
});

describe('a volume that names the sections which it brings', () => {
  const volume = `      volumes:
        - name: own
          configMap:
            name: blueprints
            items:
              - { key: other.yaml, path: other.yaml }
`;
  const mounts = 'volumeMounts: [{ name: own, mountPath: /blueprints/custom }]';
  const planned = (worker: string): ChangeInput => ({
    ...input(worker),
    steps: ['patchExternalSecret', 'syncBlueprint'],
    read: (path) =>
      path === 'blueprints.yaml'
        ? 'kind: ConfigMap\nmetadata: { name: blueprints }\ndata:\n  other.yaml: |\n    version: 1\n'
        : input(worker).read(path),
  });

  it('is edited although nothing else of the Deployment is, and deployed', () => {
    const edits = planFileChanges(planned(deployment(ENV_FROM, mounts) + volume));
    expect(edits.map(({ entry, kind }) => [entry, kind])).toEqual([
      ['externalSecret', 'changed'],
      ['configMap', 'changed'],
      ['blueprintItem', 'changed'],
    ]);
    expect(edits.at(-1)?.after).toContain('- { key: zot.yaml, path: zot.yaml }');
    expect(editsResource({ edits }, 'deployment')).toBe(true);
    expect(changesResource({ edits }, 'deployment')).toBe(true);
  });

  it('is the second edit of a Deployment that gets the variable too, and both go', () => {
    const before = deployment('env: [] # none', mounts) + volume;
    const edits = planFileChanges(planned(before)).filter(({ path }) => path === 'worker.yaml');
    expect(edits.map(({ entry, step }) => [entry, step])).toEqual([
      ['deployment', 'patchExternalSecret'],
      ['blueprintItem', 'syncBlueprint'],
    ]);
    const back = planFileRemovals(planned(edits.at(-1)?.after ?? '')).filter(({ path }) => path === 'worker.yaml');
    expect(back.at(-1)?.after).toBe(before);
  });

  it('is refused, with the file, where each section has a mount of its own', () => {
    const single = 'volumeMounts: [{ name: own, mountPath: /blueprints/custom/other.yaml, subPath: other.yaml }]';
    expect(() => planFileChanges(planned(deployment(ENV_FROM, single) + volume))).toThrow(
      'worker.yaml: zot.yaml would never be mounted: it mounts ConfigMap blueprints with subPath',
    );
  });
});
