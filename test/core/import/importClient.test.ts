import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderBlueprint } from '../../../core/authentik/renderBlueprint.ts';
import { planFileChanges, type ChangeInput } from '../../../core/changes/fileChanges.ts';
import { importClient } from '../../../core/import/importClient.ts';
import { installationSchema, type Installation } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import type { RegistrationInput } from '../../../core/registration/registration.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { readTree, sampleLayout } from '../../../sandbox/world/layout.ts';
import { clientNamed } from '../../fixtures/clients.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';

type Files = Record<string, string>;

function inputOf(asked: RegistrationInput, installation: Installation, files: Files): ChangeInput {
  const registration = checkRegistration(asked, 'test');
  const names = resolveNames(registration, installation);
  const { text } = renderBlueprint({ registration, installation, names, authentikVersion: '2026.5.0' });
  const steps = ['patchExternalSecret', 'syncBlueprint', 'renderAnsibleFiles', 'deliverToConsumers'] as const;
  return { registration, installation, names, blueprintText: text, steps, read: (file) => files[file] };
}

/** The files as a registration leaves them. */
function registered(asked: RegistrationInput, installation: Installation, files: Files): Files {
  const after = { ...files };
  for (const plan of planFileChanges(inputOf(asked, installation, files))) after[plan.path] = plan.after;
  return after;
}

function imported(client: string, installation: Installation, files: Files) {
  return importClient({ client, installation, paths: Object.keys(files), read: (file) => files[file] });
}

const manual = await sampleLayout('manual');
const manualInstallation = installationSchema.parse(manual.installation);
const base = clientNamed('tool');
const CLIENTS: readonly RegistrationInput[] = [
  parse(manual.files['oidc-clients/zot.yaml'] ?? '') as RegistrationInput,
  parse(manual.files['oidc-clients/status-page.yaml'] ?? '') as RegistrationInput,
  base,
  { ...base, spec: { ...base.spec, slug: 'other-slug', clientId: 'other-id', vaultField: 'another-field' } },
  {
    ...base,
    spec: {
      ...base.spec,
      redirectUris: [{ matchingMode: 'regex', url: 'https://[a-z]+\\.example/' }],
      scopes: ['openid'],
    },
  },
  {
    ...base,
    spec: {
      ...base.spec,
      description: 'Told',
      launchUrl: 'https://tool.example',
      access: { groups: ['gardeners', 'tool-bots'] },
    },
  },
];

describe('what a registration wrote', () => {
  it.each(CLIENTS.map((client, i) => [`${client.metadata.name} ${i}`, client] as const))(
    'is read back: %s',
    (_name, client) => {
      const after = registered(client, manualInstallation, { ...manual.files });

      const { registration, text, notes } = imported(client.metadata.name, manualInstallation, after);

      expect(notes.filter((note) => !/no consumer|everyone may sign in/.test(note))).toEqual([]);
      expect(parse(text)).toEqual(registration);
      // The imported registration asks for exactly what is there.
      const plans = planFileChanges(inputOf(registration, manualInstallation, after));
      expect(plans.map((plan) => plan.kind)).toEqual(plans.map(() => 'alreadyThere'));
      const [found, asked] = [registration, client].map((each) => checkRegistration(each, 'test').spec);
      expect({ ...found, consumers: [], groups: [] }).toEqual({
        ...asked,
        consumers: [],
        groups: [],
        rotation: undefined,
      });
    },
  );
});

it('puts a display name into a pattern as it is, for String.replace would read "$\'" as what follows', () => {
  const { naming } = manualInstallation;
  const installation = { ...manualInstallation, naming: { ...naming, vaultField: '{displayName}' } };
  const client = { ...base, spec: { ...base.spec, displayName: "Tool$'", vaultField: 'Tool' } };
  const after = registered(client, installation, { ...manual.files });
  expect(imported('tool', installation, after).registration.spec).toMatchObject({ vaultField: 'Tool' });
});

describe('a consumer with an ExternalSecret of its own', () => {
  it('is read back, but for its cluster', async () => {
    const example = fileURLToPath(new URL('../../../docs/examples/argocd/', import.meta.url));
    const { 'argocd.yaml': asks = '' } = await readTree(example);
    const files = await readTree(`${example}repository`);
    const client = parse(asks) as RegistrationInput;
    const after = registered(client, manualInstallation, { ...manual.files, ...files });

    const { registration, notes } = imported('argocd', manualInstallation, after);

    const [asked, found] = [client, registration].map((each) => checkRegistration(each, 'test').spec.consumers[0]);
    expect(found).toMatchObject({ kind: 'externalSecret', name: 'argocd-oidc', namespace: 'argocd' });
    expect({ ...found, cluster: 'hub' }).toEqual(asked);
    expect(notes.join()).toContain('the cluster of ExternalSecret argocd-oidc could not be read');
  });
});

describe('what a person wrote', () => {
  it('says what it cannot read, and what a run would change', () => {
    const { blueprints } = manualInstallation.authentik;
    const files = { ...manual.files };
    files[blueprints.file] = (files[blueprints.file] ?? '').replace(
      / {10}sub_mode: hashed_user_id\n/,
      '          sub_mode: user_uuid\n',
    );

    const { text, notes } = imported('wiki', manualInstallation, files);

    expect(notes).toContain('a run would change oauth2provider.sub_mode in its blueprint');
    expect(text.startsWith('# ')).toBe(true);
    expect(text).toContain('displayName: Wiki');
  });

  it('never makes an application everyone’s because its bindings are to users or policies', () => {
    const files = registered(base, manualInstallation, { ...manual.files });
    const { file } = manualInstallation.authentik.blueprints;
    const theirs = (files[file] ?? '').replaceAll(/^( +)group: !(?:KeyOf|Find).*$/gm, '$1user: 7');
    const { registration, notes } = imported('tool', manualInstallation, { ...files, [file]: theirs });
    expect(registration.spec.access).toEqual({ groups: [] });
    expect(notes.join(' ')).toMatch(/binds no group: name under spec\.access who may sign in.*not yet usable/);
  });

  it('refuses a client that is not there, and names those that are', () => {
    expect(() => imported('nobody', manualInstallation, { ...manual.files })).toThrow('known: wiki');
  });
});

const shared = fileURLToPath(new URL('../../../../shared/cases/zot/before', import.meta.url));
describe.skipIf(!existsSync(shared))('the real case', () => {
  it('gives the registration of a client that stands there by hand', async () => {
    const files = await readTree(shared);
    const installation = installationSchema.parse(caseInstallation);

    const grafana = imported('grafana', installation, files);

    expect(grafana.registration.spec).toMatchObject({
      displayName: 'Grafana',
      launchUrl: 'https://grafana.ops.eblu.me',
      access: { groups: ['admins'] },
    });
    expect(grafana.notes).toContain('a run would change oauth2provider.grant_types in its blueprint');

    const zot = imported('zot', installation, registered(zotRegistration, installation, files));
    expect(zot.registration).toEqual({
      ...zotRegistration,
      spec: { ...zotRegistration.spec, groups: zot.registration.spec.groups },
    });
    expect(path.basename(zotRegistration.spec.consumers[0]?.playbook ?? '')).toBe('indri.yml');
  });
});
