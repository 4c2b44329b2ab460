import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderBlueprint } from '../../../core/authentik/renderBlueprint.ts';
import { planFileChanges, type ChangeInput } from '../../../core/changes/fileChanges.ts';
import { importWithPlan } from '../../../client/importPlan.ts';
import { clientMeant, standingClients } from '../../../core/import/clients.ts';
import { importClient } from '../../../core/import/importClient.ts';
import { installationSchema, type Installation } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import type { RegistrationInput } from '../../../core/registration/registration.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { readTree, sampleLayout } from '../../../sandbox/world/layout.ts';
import { clientNamed } from '../../fixtures/clients.ts';
import { textsOf } from '../../fixtures/texts.ts';
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

/** The registration, its text with what a run would do, and what could not be read. */
async function imported(client: string, installation: Installation, files: Files) {
  const read = (file: string) => files[file];
  const input = { client, installation, paths: Object.keys(files), read };
  const standing = standingClients(input);
  const { text } = await importWithPlan(
    { input, standing, files: textsOf(files) },
    clientMeant(standing, { client, installation }),
  );
  return { ...importClient(input), text };
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
  { ...base, spec: { ...base.spec, launchUrl: 'blank://blank' } },
];

describe('what a registration wrote', () => {
  it.each(CLIENTS.map((client, i) => [`${client.metadata.name} ${i}`, client] as const))(
    'is read back: %s',
    async (_name, client) => {
      const after = registered(client, manualInstallation, { ...manual.files });

      const { registration, text, notes } = await imported(client.metadata.name, manualInstallation, after);

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

it('puts a display name into a pattern as it is, for String.replace would read "$\'" as what follows', async () => {
  const { naming } = manualInstallation;
  const installation = { ...manualInstallation, naming: { ...naming, vaultField: '{displayName}' } };
  const client = { ...base, spec: { ...base.spec, displayName: "Tool$'", vaultField: 'Tool' } };
  const after = registered(client, installation, { ...manual.files });
  expect((await imported('tool', installation, after)).registration.spec).toMatchObject({ vaultField: 'Tool' });
});

describe('a consumer with an ExternalSecret of its own', () => {
  it('is read back, but for its cluster', async () => {
    const example = fileURLToPath(new URL('../../../docs/examples/argocd/', import.meta.url));
    const { 'argocd.yaml': asks = '' } = await readTree(example);
    const files = await readTree(`${example}repository`);
    const client = parse(asks) as RegistrationInput;
    const installation = installationSchema.parse({ ...manual.installation, clusters: { orchard: {}, hub: {} } });
    const after = registered(client, installation, { ...manual.files, ...files });

    const { registration, notes } = await imported('argocd', installation, after);

    const [asked, found] = [client, registration].map((each) => checkRegistration(each, 'test').spec.consumers[0]);
    expect(found).toMatchObject({ kind: 'externalSecret', name: 'argocd-oidc', namespace: 'argocd' });
    expect({ ...found, cluster: 'hub' }).toEqual(asked);
    expect(notes.join()).toContain('the cluster of ExternalSecret argocd-oidc could not be read');
  });
});

describe('what a person wrote', () => {
  it('says what it cannot read, and what a run would change', async () => {
    const { blueprints } = manualInstallation.authentik;
    const files = { ...manual.files };
    files[blueprints.file] = (files[blueprints.file] ?? '').replace(
      / {10}signing_key: .*\n/,
      '          signing_key: null\n',
    );

    const { text } = await imported('wiki', manualInstallation, files);

    expect(text).toContain(`# a run would change ${blueprints.file}:
#   -          signing_key: null
#   +          signing_key: !Find [authentik_crypto.certificatekeypair, [name, authentik Self-signed Certificate]]
`);
    expect(text).toContain('its section names no signing_key, and a run writes certificate "authentik Self-signed');
    expect(text.startsWith('# ')).toBe(true);
    expect(text).toContain('displayName: Wiki');
  });

  it('never makes an application everyone’s because its bindings are to users or policies', async () => {
    const files = registered(base, manualInstallation, { ...manual.files });
    const { file } = manualInstallation.authentik.blueprints;
    const theirs = (files[file] ?? '').replaceAll(/^( +)group: !(?:KeyOf|Find).*$/gm, '$1user: 7');
    const { registration, text } = await imported('tool', manualInstallation, { ...files, [file]: theirs });
    expect(registration.spec.access).toEqual({ groups: [] });
    expect(text).toMatch(/binds no group: name under spec\.access who may sign in[^]*# not yet usable/);
  });

  it.each([
    ['enabled: true', 'enabled: false', 'is disabled'],
    ['negate: false', 'negate: true', 'is negated'],
  ])('asks for no group whose members a binding keeps out: %s, now %s', async (asRegistered, now, why) => {
    const asked = { ...base, spec: { ...base.spec, access: { groups: ['gardeners', 'guests'] } } };
    const files = registered(asked, manualInstallation, { ...manual.files });
    const { file } = manualInstallation.authentik.blueprints;
    const text = files[file] ?? '';
    const at = text.lastIndexOf(asRegistered, text.indexOf('guests]]') + 200);
    const theirs = `${text.slice(0, at)}${now}${text.slice(at + asRegistered.length)}`;
    const { registration, notes } = await imported('tool', manualInstallation, { ...files, [file]: theirs });
    expect(registration.spec.access).toEqual({ groups: ['gardeners'] });
    expect(notes).toContain(
      `the binding of order 1 to group guests ${why}, which a registration cannot say: a run takes it out`,
    );
  });

  it.each([
    ['expiring: true, expires: 2027-06-30T20:00:00+02:00', { until: { guests: '2027-06-30T18:00:00Z' } }, []],
    ['expiring: "on", expires: "2027-06-30T18:00:00Z"', { until: { guests: '2027-06-30T18:00:00Z' } }, []],
    ['expiring: false, expires: 2027-06-30T18:00:00Z', {}, []],
    [
      'expiring: !Context ends',
      {},
      ['the binding to group guests ends at a time that its blueprint does not say plainly'],
    ],
  ])('takes over when access ends: %s', async (lines, until, says) => {
    const asked = { ...base, spec: { ...base.spec, access: { groups: ['gardeners', 'guests'] } } };
    const files = registered(asked, manualInstallation, { ...manual.files });
    const { file } = manualInstallation.authentik.blueprints;
    const theirs = (files[file] ?? '').replace(
      /^( +)group: !Find .*guests\]\]$/m,
      (line, pad: string) => `${line}\n${pad}${lines.replace(', ', `\n${pad}`)}`,
    );
    expect(theirs).not.toBe(files[file]);
    const { registration, notes } = await imported('tool', manualInstallation, { ...files, [file]: theirs });
    expect(registration.spec.access).toEqual({ groups: ['gardeners', 'guests'], ...until });
    expect(notes.filter((note) => note.includes(' ends '))).toEqual(says.map((say) => expect.stringContaining(say)));
  });

  it('leaves a group of superusers to people, and changes nothing of it', async () => {
    const asked = { ...base, spec: { ...base.spec, access: { groups: ['owners'] }, groups: [{ name: 'owners' }] } };
    const files = registered(asked, manualInstallation, { ...manual.files });
    const { file } = manualInstallation.authentik.blueprints;
    const theirs = (files[file] ?? '').replaceAll(
      /^( +)name: owners\n(?!.*- model)(?! +attrs)/gm,
      '$&$1is_superuser: true\n',
    );
    expect(theirs).toContain('is_superuser: true');
    const { registration, notes, text } = await imported('tool', manualInstallation, { ...files, [file]: theirs });
    expect(registration.spec).toMatchObject({ access: { groups: ['owners'] } });
    expect(registration.spec.groups).toBeUndefined();
    expect(notes).toContainEqual(expect.stringContaining('members of group owners'));
    expect(text).toContain('# nothing would change');
  });

  it.each(['logout', 'silent'])('makes no redirect URI for codes of an address of type %s', async (type) => {
    const files = registered(base, manualInstallation, { ...manual.files });
    const { file } = manualInstallation.authentik.blueprints;
    const theirs = (files[file] ?? '').replaceAll(
      /^( +)redirect_uris:\n/gm,
      `$&$1  - matching_mode: strict\n$1    url: https://tool.example/out\n$1    redirect_uri_type: ${type}\n`,
    );
    const { registration, notes, text } = await imported('tool', manualInstallation, { ...files, [file]: theirs });
    const note = `https://tool.example/out is a redirect URI of type "${type}", which a registration cannot say: a run takes it out`;
    const out = { url: 'https://tool.example/out', type };
    if (type === 'logout') expect(text).toContain('# nothing would change');
    expect([registration.spec.redirectUris, notes.includes(note)]).toEqual(
      type === 'logout' ? [[out, ...base.spec.redirectUris], false] : [base.spec.redirectUris, true],
    );
  });

  it.each(['!Env TYPE', '!If [true, public, confidential]', 'PUBLIC'])(
    'says of client type %s that it cannot say it',
    async (type) => {
      const files = registered(base, manualInstallation, { ...manual.files });
      const { file } = manualInstallation.authentik.blueprints;
      const theirs = (files[file] ?? '').replaceAll('client_type: confidential', `client_type: ${type}`);
      const { registration, notes } = await imported('tool', manualInstallation, { ...files, [file]: theirs });
      expect(registration.spec.clientType).toBeUndefined();
      expect(notes).toContainEqual(
        expect.stringMatching(/^client_type of its provider is .*: it is taken for confidential/),
      );
    },
  );

  it('refuses a client that is not there, and names those that are', async () => {
    await expect(imported('nobody', manualInstallation, { ...manual.files })).rejects.toThrow('known: wiki');
  });
});

const shared = fileURLToPath(new URL('../../../../shared/cases/zot/before', import.meta.url));
describe.skipIf(!existsSync(shared))('the real case', () => {
  it('gives the registration of a client that stands there by hand', async () => {
    const files = await readTree(shared);
    const installation = installationSchema.parse(caseInstallation);

    const grafana = await imported('grafana', installation, files);

    expect(grafana.registration.spec).toMatchObject({
      displayName: 'Grafana',
      launchUrl: 'https://grafana.ops.eblu.me',
      access: { groups: ['admins'] },
    });
    // Whether its provider has the right grant types only Authentik tells.
    expect(grafana.text).toContain('# its blueprint names no grant_types: a run adds them where Authentik');

    const zot = await imported('zot', installation, registered(zotRegistration, installation, files));
    expect(zot.registration).toEqual({
      ...zotRegistration,
      spec: { ...zotRegistration.spec, groups: zot.registration.spec.groups },
    });
    expect(path.basename(zotRegistration.spec.consumers[0]?.playbook ?? '')).toBe('indri.yml');
  });
});
