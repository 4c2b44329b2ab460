import { describe, expect, it } from 'vitest';
import { compareAuthentik, type AuthentikFacts } from '../../../core/check/authentik.ts';
import { compareFiles } from '../../../core/check/files.ts';
import { compareLive } from '../../../core/check/live.ts';
import { compareRuns, type FoundBranch } from '../../../core/check/runs.ts';
import { compareSecret, type SecretFacts } from '../../../core/check/secret.ts';
import { withoutEntry } from '../../../core/kubernetes/ourEntries.ts';
import { planFileChanges, type ChangeInput } from '../../../core/changes/fileChanges.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { shortFiles, zotRegistration } from '../../fixtures/zot.ts';

const installation = shortFiles();
const registration = checkRegistration(
  { ...zotRegistration, spec: { ...zotRegistration.spec, consumers: [] } },
  'test',
);
const names = resolveNames(registration, installation);

const repository = new Map([
  [
    'secret.yaml',
    'kind: ExternalSecret\nmetadata: {name: authentik}\nspec:\n  data:\n    - secretKey: a\n      remoteRef: {key: Authentik, property: a}\n',
  ],
  [
    'worker.yaml',
    'kind: Deployment\nmetadata: {name: worker}\nspec:\n  template:\n    spec:\n      containers:\n        - name: worker\n          env:\n            - name: A\n              value: b\n',
  ],
  ['blueprints.yaml', 'kind: ConfigMap\nmetadata: {name: blueprints}\ndata:\n  common.yaml: |\n    version: 1\n'],
]);

function input(files: ReadonlyMap<string, string>, blueprintText = 'version: 1\nname: "zot"\n'): ChangeInput {
  const steps = ['patchExternalSecret', 'syncBlueprint', 'renderAnsibleFiles'] as const;
  return { registration, installation, names, blueprintText, steps, read: (path) => files.get(path) };
}

function registered(): ReadonlyMap<string, string> {
  return new Map(planFileChanges(input(repository)).map(({ path, after }) => [path, after]));
}

describe('the files', () => {
  it('are as asked where every entry is there', () => {
    expect(compareFiles('zot', input(registered()))).toEqual({ present: true, findings: [] });
  });

  it('name each entry that is not there; nothing is present then', () => {
    const { present, findings } = compareFiles('zot', input(repository));
    expect(present).toBe(false);
    expect(findings.map(({ what }) => what)).toEqual([
      'secret.yaml lacks the entry zot-client-secret',
      'worker.yaml lacks the variable AUTHENTIK_ZOT_CLIENT_SECRET',
      'blueprints.yaml lacks the section zot.yaml',
    ]);
    expect(findings[0]?.remedy).toBe('oidc-registrar repair zot');
  });

  it('show the line that differs', () => {
    const { findings } = compareFiles('zot', input(registered(), 'version: 1\nname: "other"\n'));
    expect(findings).toEqual([
      {
        system: 'Git',
        severity: 'drift',
        what: 'blueprints.yaml: the section zot.yaml is there but different',
        expected: 'name: "other"',
        found: 'name: "zot"',
        remedy: 'Make it as wanted, or take it out and run: oidc-registrar repair zot',
        byRepair: true,
      },
    ]);
  });

  it('never show a secret that somebody wrote in clear', () => {
    const files = new Map(registered());
    const text = files.get('blueprints.yaml') ?? '';
    files.set('blueprints.yaml', text.replace('name: "zot"', 'client_secret: hunter2hunter2'));
    const shown = JSON.stringify(compareFiles('zot', input(files)));
    expect(shown).toContain('client_secret: …');
    expect(shown).not.toContain('hunter2');
  });

  it('say which file the repository does not have', () => {
    const files = new Map(registered());
    files.delete('worker.yaml');
    expect(compareFiles('zot', input(files)).findings.map(({ what }) => what)).toEqual([
      'the repository has no file worker.yaml',
    ]);
  });
});

describe('a live resource', () => {
  const of = { names, container: 'worker', branch: 'main', remedy: { remedy: 'mend it' } };
  const env = (entry: object) => ({
    spec: { template: { spec: { containers: [{ name: 'worker', env: [{ name: 'A' }, entry] }] } } },
  });
  const entry = { name: names.envVar, valueFrom: { secretKeyRef: { name: 's', key: 'zot-client-secret' } } };
  const findings = (wanted: object | undefined, live: object | undefined) =>
    compareLive(
      of,
      'deployment',
      'Deployment worker',
      wanted as Record<string, unknown> | undefined,
      live as Record<string, unknown> | undefined,
    ).findings.map(({ what }) => what);

  it('is as asked with our entry, whatever else it holds', () => {
    expect(findings(env(entry), env(entry))).toEqual([]);
    expect(findings(env(entry), { spec: env(entry).spec, more: 1 })).toEqual([]);
  });

  it('lacks our entry, or holds it otherwise: by path, never by value', () => {
    expect(findings(env(entry), env({ name: 'B' }))).toEqual([
      'Deployment worker does not hold AUTHENTIK_ZOT_CLIENT_SECRET, which main does',
    ]);
    expect(findings(env(entry), env({ name: names.envVar, value: 'a-secret-in-clear' }))).toEqual([
      'Deployment worker holds AUTHENTIK_ZOT_CLIENT_SECRET otherwise than main does, at /valueFrom',
    ]);
  });

  it('says nothing of an entry that the target branch lacks: that is a finding of the files', () => {
    expect(findings(env({ name: 'B' }), env(entry))).toEqual([]);
  });

  it('is missing', () => {
    expect(findings(env(entry), undefined)).toEqual(['the cluster has no Deployment worker']);
  });

  it('without our entry is the same before and after somebody changed it', () => {
    const other = env({ name: names.envVar, value: 'x' });
    expect(withoutEntry('deployment', env(entry), names)).toEqual(withoutEntry('deployment', other, names));
    expect(withoutEntry('configMap', { data: { 'zot.yaml': 'a', 'b.yaml': 'b' } }, names)).toEqual({
      data: { 'b.yaml': 'b' },
    });
    const data = [{ secretKey: 'a' }, { secretKey: names.secretKey }];
    expect(withoutEntry('externalSecret', { spec: { data } }, names)).toEqual({ spec: { data: [{ secretKey: 'a' }] } });
  });
});

describe('Authentik', () => {
  const instance = { path: 'custom/zot.yaml', enabled: true, status: 'successful', applied: true };
  const facts: AuthentikFacts = {
    client: 'zot',
    path: 'custom/zot.yaml',
    instances: [instance],
    differences: [],
    mayApply: true,
    present: true,
  };
  const findings = (difference: Partial<AuthentikFacts>) => compareAuthentik({ ...facts, ...difference }).findings;

  it('is as asked', () => {
    expect(findings({})).toEqual([]);
  });

  it.each<[string, Partial<AuthentikFacts>, string]>([
    ['no instance', { instances: [] }, 'there is no blueprint instance of custom/zot.yaml'],
    ['two of them', { instances: [instance, instance] }, '2 blueprint instances have the path custom/zot.yaml'],
    [
      'a disabled one',
      { instances: [{ ...instance, enabled: false }] },
      'the blueprint instance of custom/zot.yaml is disabled',
    ],
    [
      'a failed one',
      { instances: [{ ...instance, status: 'error' }] },
      'the status of blueprint custom/zot.yaml is not successful',
    ],
    [
      'another text',
      { instances: [{ ...instance, applied: false }] },
      'the text of blueprint custom/zot.yaml that Authentik has applied is not the one asked for',
    ],
  ])('has %s', (_what, difference, sentence) => {
    expect(findings(difference).map(({ what }) => what)).toEqual([sentence]);
  });

  it('raises an alarm, and names a person where no apply mends it', () => {
    const open = { what: 'it is open', alarm: true } as const;
    const extra = { what: 'one too much', expected: 'a', found: 'a, b', byHand: 'Delete b.' };
    expect(findings({ differences: [open, extra] })).toEqual([
      {
        system: 'Authentik',
        severity: 'alarm',
        what: 'it is open',
        remedy: 'oidc-registrar repair zot',
        byRepair: true,
      },
      {
        system: 'Authentik',
        severity: 'drift',
        what: 'one too much',
        expected: 'a',
        found: 'a, b',
        remedy: 'Delete b.',
      },
    ]);
  });

  it('names a person where the token may not apply', () => {
    expect(findings({ differences: [{ what: 'it is open' }], mayApply: false })[0]?.remedy).toBe(
      'Apply blueprint custom/zot.yaml once in the admin interface: the token may not, and discovery applies no text twice.',
    );
  });
});

describe('the secret', () => {
  const facts: SecretFacts = {
    client: 'zot',
    system: '1Password',
    place: 'item "Authentik"',
    vaultField: 'zot-client-secret',
    envVar: 'AUTHENTIK_ZOT_CLIENT_SECRET',
    secret: 'authentik-env',
    field: 'usable',
    pending: [],
    previous: false,
    delivered: true,
    accepted: 'right',
    stalePods: [],
  };
  const findings = (difference: Partial<SecretFacts>) =>
    compareSecret({ ...facts, ...difference }).findings.map(
      ({ system, severity, what }) => `${severity} ${system}: ${what}`,
    );

  it('is as asked', () => {
    expect(findings({})).toEqual([]);
  });

  it.each<[Partial<SecretFacts>, string]>([
    [{ field: 'missing' }, 'drift 1Password: item "Authentik" has no field "zot-client-secret"'],
    [{ field: { problem: 'it is empty', remedy: '' } }, 'drift 1Password: it is empty'],
    [
      { delivered: false },
      "drift External Secrets: key zot-client-secret of Secret authentik-env is not the vault's value",
    ],
    [
      { accepted: 'wrong' },
      "drift Authentik: Authentik does not accept the vault's value of zot-client-secret: it is not rolled out",
    ],
    [{ accepted: 'anything' }, 'alarm Authentik: Authentik accepts any secret of client zot'],
    [
      { stalePods: ['worker-1'] },
      'drift Kubernetes: worker-1 began before Secret authentik-env was last written and may hold an older AUTHENTIK_ZOT_CLIENT_SECRET',
    ],
    [{ pending: ['id'] }, 'drift 1Password: a pending field of zot-client-secret is left of change id'],
    [{ previous: true }, 'drift 1Password: field "zot-client-secret-previous" is left of a rotation'],
    [
      { clientId: { vaultField: 'zot-id', secretKey: 'ZOT_ID', field: 'missing' } },
      'drift 1Password: item "Authentik" has no field "zot-id", which keeps the client id',
    ],
    [
      { clientId: { vaultField: 'zot-id', secretKey: 'ZOT_ID', field: 'other' } },
      'drift 1Password: field "zot-id" of item "Authentik" does not hold the client id',
    ],
    [
      { clientId: { vaultField: 'zot-id', secretKey: 'ZOT_ID', field: 'right', secret: 'env', delivered: false } },
      'drift External Secrets: key ZOT_ID of Secret env is not the client id',
    ],
  ])('with %j', (difference, sentence) => {
    expect(findings(difference)).toEqual([sentence]);
  });

  it('left by a rotation is what rotateSecret goes on with, and the date of the last one is told', () => {
    const look = compareSecret({ ...facts, previous: true, rotatedAt: '2026-01-02T03:04:05.000Z' });
    expect(look.findings.map(({ remedy }) => remedy)).toEqual([
      'To finish it: `oidc-registrar rotate zot`; to restore the previous secret: `oidc-registrar rotate zot --take-back`.',
    ]);
    expect(look.rotatedAt).toBe('2026-01-02T03:04:05.000Z');
    expect(compareSecret({ ...facts, rotatedAt: '2026-01-02T03:04:05.000Z' }).findings).toEqual([]);
  });

  it('is nowhere where the vault has nothing of it', () => {
    expect(compareSecret({ ...facts, field: 'missing' }).present).toBe(false);
    expect(compareSecret({ ...facts, field: 'missing', pending: ['id'] }).present).toBe(true);
  });
});

describe('runs', () => {
  it('left nothing, or branches and turns', () => {
    expect(compareRuns({ client: 'zot', branches: [], deadTurns: [] })).toEqual({ present: false, findings: [] });
    const branches = [
      { name: 'a', kind: 'run', landed: true, orphan: false, removal: false },
      { name: 'b', kind: 'run', landed: false, orphan: false, removal: false },
    ] as const;
    const deadTurns = [{ name: 'authentik', removal: false }];
    expect(compareRuns({ client: 'zot', branches, deadTurns }).findings.map(({ what }) => what)).toEqual([
      'branch a has landed and was not deleted',
      'branch b is of a run that ended half-way',
      'the turn at Application authentik is held by a run that is not open',
    ]);
  });

  it.each<[string, FoundBranch, string, string]>([
    [
      'a proposal beside its run',
      { name: 'c', kind: 'proposal', landed: false, orphan: false, removal: false },
      'branch c proposes the change of a run that ended half-way',
      'oidc-registrar repair zot',
    ],
    [
      'a proposal of which no run knows',
      { name: 'c', kind: 'proposal', landed: true, orphan: true, removal: false },
      'branch c has landed and was not deleted',
      '`git push origin --delete c`',
    ],
    [
      'a way back that waits for people',
      { name: 'd', kind: 'undo', landed: false, orphan: false, removal: false },
      'branch d proposes to take back the change of a run that ended half-way',
      'Merge it and run `oidc-registrar register zot --take-back`; or keep the change: oidc-registrar repair zot',
    ],
    [
      'a way back that people have merged',
      { name: 'd', kind: 'undo', landed: true, orphan: false, removal: false },
      'branch d has landed and was not deleted',
      'To remove the rest, run `oidc-registrar register zot --take-back`.',
    ],
    [
      'a deregistration',
      { name: 'e', kind: 'run', landed: false, orphan: false, removal: true },
      'branch e is of a deregistration that ended half-way',
      'To finish it: `oidc-registrar deregister zot`; to put everything back: `oidc-registrar deregister zot --take-back`.',
    ],
    [
      'a way back from a deregistration that waits for people',
      { name: 'f', kind: 'undo', landed: false, orphan: false, removal: true },
      'branch f proposes to take back the change of a deregistration that ended half-way',
      'Merge it and run `oidc-registrar deregister zot --take-back`; or finish it: `oidc-registrar deregister zot`',
    ],
    [
      'a way back from a deregistration that people have merged',
      { name: 'f', kind: 'undo', landed: true, orphan: false, removal: true },
      'branch f has landed and was not deleted',
      'To put the rest back, run `oidc-registrar deregister zot --take-back`.',
    ],
  ])('left %s', (_name, branch, what, remedy) => {
    const { findings } = compareRuns({ client: 'zot', branches: [branch], deadTurns: [] });
    const byRepair = remedy.endsWith('oidc-registrar repair zot') ? { byRepair: true } : {};
    expect(findings).toEqual([{ system: 'Git', severity: 'drift', what, remedy, ...byRepair }]);
  });
});
