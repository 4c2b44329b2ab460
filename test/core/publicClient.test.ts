import { describe, expect, it } from 'vitest';
import { filePlan } from '../../client/filePlan.ts';
import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { planFileChanges, planFileRemovals } from '../../core/changes/fileChanges.ts';
import { importClient } from '../../core/import/importClient.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { sameSection } from '../../core/edits/blueprint/sameSection.ts';
import { updateSection } from '../../core/edits/blueprint/updateSection.ts';
import { CannotEdit } from '../../core/edits/yaml/yamlDocument.ts';
import { deliveredOf } from '../../core/names/delivered.ts';
import { resolveNames } from '../../core/names/names.ts';
import type { Registration, RegistrationInput } from '../../core/registration/registration.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { textsOf } from '../fixtures/texts.ts';

type Spec = RegistrationInput['spec'];
type Files = Readonly<Record<string, string>>;

const { files: FILES, installation: given } = await sampleLayout('manual');
const { externalSecret, deployment, blueprints } = given.authentik;

const installationWith = (policy: object) =>
  installationSchema.parse({ ...given, policy: { ...given.policy, redirectUris: REDIRECTS, ...policy } });
const REDIRECTS = { hosts: ['**'], loopback: true, schemes: ['app.immich'] };
const INSTALLATION = installationWith({ publicClients: 'any' });

const base: Spec = { ...clientNamed('tool').spec, consumers: [] };
const asked = (spec: Partial<Spec> = {}): Registration =>
  checkRegistration({ ...clientNamed('tool'), spec: { ...base, clientType: 'public', ...spec } }, 'test');
const confidential = asked({ clientType: undefined });

const plan = async (registration: Registration, files: Files, installation = INSTALLATION) =>
  filePlan({ registration, installation, files: textsOf({ ...files }) });

/** The files as a plan leaves them. */
async function planned(registration: Registration, files: Files): Promise<Files> {
  const { files: changed } = await plan(registration, files);
  return { ...files, ...Object.fromEntries(changed.map(({ path, after = '' }) => [path, after])) };
}

const changedBy = (before: Files, after: Files): readonly string[] =>
  Object.keys(after).filter((path) => after[path] !== before[path]);

const section = (files: Files): string => files[blueprints.file] ?? '';

describe('a registration of a public client', () => {
  it('has no value that is delivered, and a blueprint without a secret', () => {
    const registration = asked();
    const names = resolveNames(registration, INSTALLATION);
    expect(deliveredOf(names)).toEqual([]);
    const { text } = renderBlueprint({ registration, installation: INSTALLATION, names, authentikVersion: '2026.5.0' });
    expect(text).toContain('      client_type: public\n');
    expect(text).not.toContain('client_secret');
    expect(text).toContain('grant_types: [authorization_code, refresh_token]');
  });

  it('changes the blueprints alone, and its way back gives every byte', async () => {
    const registration = asked();
    const after = await planned(registration, FILES);
    expect(changedBy(FILES, after)).toEqual([blueprints.file]);
    expect(await planned(registration, after)).toEqual(after);
    const names = resolveNames(registration, INSTALLATION);
    const { text: blueprintText } = renderBlueprint({
      registration,
      installation: INSTALLATION,
      names,
      authentikVersion: '2026.5.0',
    });
    const steps = ['patchExternalSecret', 'syncBlueprint', 'renderAnsibleFiles', 'deliverToConsumers'] as const;
    const read = (path: string) => after[path];
    const input = { registration, installation: INSTALLATION, names, blueprintText, steps, read };
    expect(planFileChanges(input).every(({ kind }) => kind === 'alreadyThere')).toBe(true);
    const back = planFileRemovals(input).map(({ path, after: text }) => [path, text] as const);
    expect({ ...after, ...Object.fromEntries(back) }).toEqual(FILES);
  });

  it.each<readonly [string, Partial<Spec>]>([
    ['spec.vaultField', { vaultField: 'tool-secret' }],
    ['spec.vaultItem', { vaultItem: 'Tool' }],
    ['spec.secretKey', { secretKey: 'tool-secret' }],
    ['spec.envVar', { envVar: 'TOOL_SECRET' }],
    ['spec.rotation', { rotation: { every: '90d' } }],
    ['spec.consumers.0.kind', { consumers: clientNamed('tool').spec.consumers }],
    [
      'spec.consumers.0.kind',
      {
        consumers: [
          { kind: 'externalSecret', file: 'a.yaml', name: 'a', namespace: 'a', secretStoreRef: { name: 'vault' } },
        ],
      },
    ],
    ['spec.consumers.0.steps.1', { consumers: [{ kind: 'manual', name: 'App', steps: ['a', '<<secretReference>>'] }] }],
    [
      'spec.consumers.0.probe',
      { consumers: [{ kind: 'manual', name: 'App', steps: ['a'], probe: { url: 'https://tool.example' } }] },
    ],
  ])('is refused with what is of a secret, by name: %s', (field, spec) => {
    expect(() => asked(spec)).toThrow(`${field}: `);
    expect(() => asked(spec)).toThrow(/take .*out|public client has no secret/);
  });

  it('leaves to a person what only people configure, without a secret', async () => {
    const consumers: Spec['consumers'] = [
      { kind: 'manual', name: 'App', steps: ['enter <<clientId>> and <<issuer>>'] },
    ];
    const { plan: found } = await plan(asked({ consumers }), FILES);
    expect(found.remaining.join('\n')).toContain('by hand, App: enter tool and');
    expect(found.remaining.join('\n')).not.toContain('the secret');
    expect(found.warnings.join('\n')).not.toContain('no consumer');
  });

  it.each(['app.immich:///oauth-callback', 'http://localhost:1234/callback', 'http://127.0.0.1/callback'])(
    'takes a redirect URI of an app where the policy does: %s',
    async (uri) => {
      const registration = asked({ redirectUris: [uri] });
      expect(section(await planned(registration, FILES))).toContain(uri);
      const closed = installationSchema.parse({ ...given, policy: { ...given.policy, publicClients: 'new' } });
      await expect(plan(registration, FILES, closed)).rejects.toThrow(/spec\.redirectUris\.0: /);
    },
  );
});

describe('what a client is', () => {
  it('is closed to public by default, and opened in two steps', async () => {
    await expect(plan(asked(), FILES, installationWith({}))).rejects.toThrow(
      'a client without a secret is not allowed',
    );
    await expect(plan(asked(), FILES, installationWith({}))).rejects.toMatchObject({
      remedy: expect.stringMatching(/publicClients: new/) as string,
    });
    expect((await plan(asked(), FILES, installationWith({ publicClients: 'new' }))).plan.unchanged).toBe(false);
    const before = await planned(confidential, FILES);
    const taken = plan(asked(), before, installationWith({ publicClients: 'new' }));
    await expect(taken).rejects.toThrow('taking the secret from a client that has one is not allowed');
    await expect(taken).rejects.toMatchObject({ remedy: expect.stringContaining('publicClients: any') as string });
    // What stands is judged by nobody again.
    const after = await planned(asked(), FILES);
    expect((await plan(asked(), after, installationWith({}))).plan.unchanged).toBe(true);
  });

  it('becomes public: its secret leaves the section and nothing else, and is listed where it still stands', async () => {
    const before = await planned(confidential, FILES);
    const after = await planned(asked(), before);
    expect(changedBy(before, after)).toEqual([blueprints.file]);
    const [was, is] = [before, after].map((files) => section(files).split('\n'));
    expect(is).not.toContainEqual(expect.stringContaining('TOOL_CLIENT_SECRET'));
    expect(is?.length).toBe((was?.length ?? 0) - 1);
    const { plan: found } = await plan(asked(), before);
    expect(found.warnings).toEqual(
      expect.arrayContaining([
        expect.stringMatching(`^${deployment.file}: variable .* is left of a secret`),
        expect.stringMatching(`^${externalSecret.file}: the entry .* is left of a secret`),
      ]),
    );
    expect((await plan(asked(), FILES)).plan.warnings.join('\n')).not.toContain('is left of a secret');
  });

  it('becomes confidential as a registration makes it: vault, ExternalSecret, variable and section', async () => {
    const after = await planned(confidential, await planned(asked(), FILES));
    const made = await planned(confidential, FILES);
    expect({ ...after, [blueprints.file]: '' }).toEqual({ ...made, [blueprints.file]: '' });
    expect(section(after).split('\n').toSorted()).toEqual(section(made).split('\n').toSorted());
  });
});

describe('the secret of a section that becomes a public client', () => {
  const text = (registration: Registration): string =>
    renderBlueprint({
      registration,
      installation: INSTALLATION,
      names: resolveNames(registration, INSTALLATION),
      authentikVersion: '2026.5.0',
    }).text;
  const SECRET = '      client_secret: !Env AUTHENTIK_TOOL_CLIENT_SECRET\n';
  const LAST = '      include_claims_in_id_token: true\n';
  const options = { described: false };

  it.each<readonly [string, (made: string) => string]>([
    ['as the job wrote it', (made) => made],
    ['as the last field', (made) => made.replace(SECRET, '').replace(LAST, `${LAST}${SECRET}`)],
    [
      'as the last field, where nothing says that it is confidential',
      (made) =>
        made.replace(SECRET, '').replace('      client_type: confidential\n', '').replace(LAST, `${LAST}${SECRET}`),
    ],
    ['with a comment', (made) => made.replace(SECRET, `${SECRET.trimEnd()} # from the vault\n`)],
    ['in clear', (made) => made.replace(SECRET, '      client_secret: "hunter2"\n')],
    ['in a file', (made) => made.replace('!Env AUTHENTIK_TOOL_CLIENT_SECRET', '!File /secrets/tool')],
  ])('goes with its line and comes back: %s', (_how, change) => {
    const made = change(text(confidential));
    const wanted = text(asked());
    expect(sameSection(made, wanted, options)).toBe(false);
    const after = updateSection(made, wanted, options);
    expect(after).not.toContain('client_secret');
    expect(after).not.toMatch(/\n[ ]*# from the vault/);
    expect(after).toContain('client_type: public\n');
    expect(sameSection(after, wanted, options)).toBe(true);
    expect(sameSection(updateSection(after, made, options), made, options)).toBe(true);
  });

  it.each<readonly [string, string]>([
    ['on a line with others', '      { client_secret: !Env A, client_type: confidential }'],
    ['over several lines', '      client_secret: >-\n        hunter2\n'],
  ])('is left to a person %s', (_how, lines) => {
    const made = text(confidential).replace(SECRET, lines.startsWith('      {') ? '' : lines);
    const inFlow = made.replace(/ {4}attrs:\n {6}name: Client tool\n(?: {6}.*\n)*/, `    attrs: ${lines.trim()}\n`);
    const there = lines.startsWith('      {') ? inFlow : made;
    expect(() => updateSection(there, text(asked()), options)).toThrow(CannotEdit);
  });
});

describe('a public client that people made', () => {
  const byHand = async (change: (text: string) => string): Promise<Files> => {
    const made = await planned(asked(), FILES);
    return { ...made, [blueprints.file]: change(section(made)) };
  };
  const imported = (files: Files) =>
    importClient({
      client: 'tool',
      installation: INSTALLATION,
      paths: Object.keys(files),
      read: (path) => files[path],
    });

  it('keeps its id in the variable of people, which the job fills for a client with a secret alone', async () => {
    const naming = { ...INSTALLATION.naming, clientIdEnvVar: '{NAME}_CLIENT_ID' };
    const installation = { ...INSTALLATION, naming };
    const files = await byHand((text) => text.replace('client_id: tool\n', 'client_id: !Env TOOL_CLIENT_ID\n'));
    const read = (path: string) => files[path];
    const { registration, notes } = importClient({ client: 'tool', installation, paths: Object.keys(files), read });
    expect(registration.spec.clientId).toEqual({ envVar: 'TOOL_CLIENT_ID' });
    expect(notes.join('\n')).not.toContain('vault');
    const { plan: found } = await plan(checkRegistration(registration, 'test'), files, installation);
    expect(found.unchanged).toBe(true);
  });

  it.each<readonly [string, (text: string) => string, number]>([
    ['without a secret', (text) => text, 0],
    [
      'with a secret that nobody asks for',
      (text) => text.replace('client_type: public\n', 'client_type: public\n          client_secret: hunter2\n'),
      1,
    ],
  ])('is adopted %s, and nothing would change', async (_how, change, notes) => {
    const files = await byHand(change);
    const { registration, notes: said } = imported(files);
    expect(registration.spec.clientType).toBe('public');
    expect(registration.spec).not.toHaveProperty('vaultField');
    expect(said.filter((note) => note.includes('client_secret'))).toHaveLength(notes);
    expect(said.join('\n')).not.toMatch(/hunter2|no consumer|vault/);
    expect((await plan(checkRegistration(registration, 'test'), files)).plan.unchanged).toBe(true);
  });
});
