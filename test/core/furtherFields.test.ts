import { describe, expect, it } from 'vitest';
import { asAttributes } from '../../core/authentik/providerSettings.ts';
import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { differencesOf, wantedState, type FoundState } from '../../core/authentik/wantedState.ts';
import { unaskedChanges } from '../../core/changes/unaskedChanges.ts';
import { readSection } from '../../core/edits/blueprint/blueprintSection.ts';
import { MODEL_OF, sectionValue } from '../../core/edits/blueprint/furtherValues.ts';
import { sameSection } from '../../core/edits/blueprint/sameSection.ts';
import { updateSection } from '../../core/edits/blueprint/updateSection.ts';
import { entriesOf } from '../../core/import/entries.ts';
import { furtherBlocks } from '../../core/import/furtherFields.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { resolveNames } from '../../core/names/names.ts';
import { furtherBreaches } from '../../core/policy/furtherFields.ts';
import { heldBySection } from '../../core/policy/heldBySection.ts';
import { standingOf } from '../../core/policy/standing.ts';
import { askedOf, FURTHER_FIELDS, type FieldValue, type PlacedField } from '../../core/registration/furtherFields.ts';
import { toApplication, toProvider } from '../../integrations/authentik/rows.ts';
import { blocksWith, SAMPLES } from '../fixtures/furtherFields.ts';
import { caseInstallation, zotRegistration } from '../fixtures/zot.ts';

const installation = installationSchema.parse(caseInstallation);
const OPTIONS = { described: false, client: 'zot' };

function clientOf(values: Readonly<Record<string, FieldValue>>, release = '2026.5.0') {
  const registration = checkRegistration(
    { ...zotRegistration, spec: { ...zotRegistration.spec, ...blocksWith(values) } },
    'test',
  );
  const names = resolveNames(registration, installation);
  const input = { registration, installation, names, authentikVersion: release };
  return { registration, names, wanted: wantedState(registration, installation, names), ...renderBlueprint(input) };
}

const valuesIn = (text: string, { block }: PlacedField) =>
  readSection(text).entries.find(({ model }) => model === MODEL_OF[block])?.values ?? {};

/** What a registration would be that took a section over. */
function blocksOf(text: string, notes: string[] = []) {
  return furtherBlocks(entriesOf([text], { slug: 'zot', providerName: 'Zot' }), installation, notes);
}

const bare = clientOf({});

it('every row has a sample', () => {
  expect(FURTHER_FIELDS.map(({ block, name }) => `${block}.${name}`)).toEqual(Object.keys(SAMPLES));
});

describe.each(FURTHER_FIELDS.map((row) => [`${row.block}.${row.name}`, row] as const))('%s', (place, row) => {
  const [one, other] = SAMPLES[place] ?? ['', ''];
  const asked = clientOf({ [place]: one });

  it('is rendered, and read back from there', () => {
    expect(sectionValue(row, valuesIn(asked.text, row))).toBe(one);
    const finds = asked.finds.map(({ model, key }) => `${model} ${key}`);
    expect(finds.includes(`${row.is} ${String(one)}`)).toBe(row.is === 'flow' || row.is === 'certificate');
  });

  it('is not named where the registration is silent, but for what every client has', () => {
    expect(row.attribute in valuesIn(bare.text, row)).toBe(row.ofAll === true);
    expect(bare.wanted[row.block === 'provider' ? 'provider' : 'application'].further).toBeUndefined();
  });

  it('is changed in a section that people wrote, and in nothing else, and gone back', () => {
    const theirs = asked.text.replace('version: 1', '# ours\nversion: 1');
    const changed = updateSection(theirs, clientOf({ [place]: other }).text, OPTIONS);
    const lines = theirs.split('\n');
    expect(changed.split('\n').filter((line, i) => line !== lines[i])).toEqual([
      expect.stringContaining(`${row.attribute}: `),
    ]);
    expect(updateSection(changed, asked.text, OPTIONS)).toBe(theirs);
  });

  it('is added to a section that lacks it, and stays where the registration no longer names it', () => {
    const added = updateSection(bare.text, asked.text, OPTIONS);
    expect(sectionValue(row, valuesIn(added, row))).toBe(one);
    expect(sameSection(added, bare.text, OPTIONS)).toBe(row.ofAll !== true);
  });

  it('is taken over from a section, which the registration then leaves as it is', () => {
    const notes: string[] = [];
    const blocks = blocksOf(asked.text, notes);
    expect({ value: askedOf(blocks, row), notes }).toEqual({ value: one, notes: [] });
    expect(updateSection(asked.text, asked.text, OPTIONS)).toBe(asked.text);
    expect(blocksOf(bare.text)).toEqual({});
  });

  it('is compared with what Authentik tells, and silence is a difference', () => {
    const told = (value: FieldValue | undefined): FoundState => found(asked.wanted, row, value);
    expect(differencesOf(asked.wanted, told(one))).toEqual([]);
    for (const value of [other, null, undefined])
      expect(differencesOf(asked.wanted, told(value))).toMatchObject([{ expected: JSON.stringify(one) }]);
    expect(differencesOf(bare.wanted, found(bare.wanted, row, one)).length).toBe(row.ofAll ? 1 : 0);
  });

  it('is no change that nobody asked for where the registration names it', () => {
    expect(unaskedChanges(asked.wanted, found(asked.wanted, row, other), asked.registration)).toEqual([]);
  });

  it('is refused by its name for a release that lacks it', () => {
    if (row.since === undefined) expect(() => clientOf({ [place]: one }, '2025.10.0')).not.toThrow();
    else expect(() => clientOf({ [place]: one }, '2025.10.0')).toThrow(`spec.${place} (${row.attribute})`);
  });

  it('is judged by its key of the policy, unless it opens nothing, and not where it stands', () => {
    const { policy } = installation;
    const closed = { flows: [], keys: [], subModes: [], issuerModes: [], logoutHosts: [] };
    const none = {
      accessCodeValidity: 'seconds=1',
      accessTokenValidity: 'seconds=1',
      refreshTokenValidity: 'seconds=1',
    };
    const strict = { ...installation, policy: { ...policy, provider: { ...policy.provider, ...closed, ...none } } };
    const refused = furtherBreaches(asked.registration, strict);
    if ('opensNothing' in row.judged) expect(refused).toEqual([]);
    else expect(refused).toMatchObject([{ field: `spec.${place}` }]);
    const held = heldBySection([asked.text], { slug: 'zot', providerName: 'Zot', client: 'zot', accounts: [] });
    const { fields } = standingOf(asked.registration, [{ entry: 'configMap', path: 'a', kind: 'updated' }], held);
    expect(fields).toEqual([place]);
    expect(furtherBreaches(asked.registration, strict, fields)).toEqual([]);
  });

  it('is read from the API, and put back there as it was', () => {
    const read = row.block === 'provider' ? toProvider : toApplication;
    const needed = { pk: row.block === 'provider' ? 1 : 'a', name: 'a', slug: 'a', client_id: 'a', provider: null };
    const known = (value: unknown) => read({ ...needed, [row.attribute]: value }).further[row.name];
    if (row.ofAll) return expect(known(one)).toBeUndefined();
    expect(known(one)).toBe(one);
    expect(read(needed).further[row.name]).toBeUndefined();
    const before = row.is === 'flag' ? true : row.is === 'text' ? '' : null;
    const values = read({ ...needed, [row.attribute]: before }).further;
    expect(asAttributes(row.block, values)).toEqual({ [row.attribute]: before });
  });
});

/** What Authentik holds where all is as asked, but for one row. */
function found(wanted: ReturnType<typeof wantedState>, row: PlacedField, value: FieldValue | undefined): FoundState {
  const { provider, application } = wanted;
  const further = { [row.name]: value };
  return {
    ...wanted,
    provider: row.ofAll
      ? { ...provider, [row.name]: value }
      : { ...provider, ...(row.block === 'provider' ? { further } : {}) },
    application: { ...application, ...(row.block === 'launcher' ? { further } : {}) },
  };
}

it('an icon under the name that blueprints had before is the same, and changed there', () => {
  const before = clientOf({ 'launcher.icon': '/a.png' }).text;
  const old = before.replace('meta_icon:', 'icon:');
  expect(updateSection(old, before, OPTIONS)).toBe(old);
  const changed = updateSection(old, clientOf({ 'launcher.icon': '/b.png' }).text, OPTIONS);
  expect(changed).toBe(old.replace('icon: /a.png', 'icon: /b.png'));
  expect(blocksOf(changed)).toEqual({ launcher: { icon: '/b.png' } });
});

it('a value that only Authentik tells is told, and refused to be changed', () => {
  const text = clientOf({ 'provider.accessTokenValidity': 'hours=8' }).text;
  const untold = text.replace('hours=8', '!Env VALIDITY');
  const notes: string[] = [];
  expect(blocksOf(untold, notes)).toEqual({});
  expect(notes).toEqual([expect.stringContaining('access_token_validity of its provider is !Env VALIDITY')]);
  expect(() => updateSection(untold, text, OPTIONS)).toThrow('access_token_validity');
  expect(updateSection(untold, bare.text, OPTIONS)).toBe(untold);
});

it.each(['hours=8;', 'hours=8;hours=1', 'h=8', '8h', '', 'hours=-1'])('%j is no validity', (value) => {
  expect(() => clientOf({ 'provider.accessTokenValidity': value })).toThrow('spec.provider.accessTokenValidity');
});

it.each(['http://169.254.169.254/x', 'http://localhost/x', 'http://metadata.google.internal/'])(
  'no policy lets Authentik call %s',
  (logoutUri) => {
    const [breach] = furtherBreaches(clientOf({ 'provider.logoutUri': logoutUri }).registration, installation);
    expect(breach).toMatchObject({ field: 'spec.provider.logoutUri' });
    expect(breach?.allow).toBeUndefined();
  },
);

it('a registration may say what registrar.yaml says for all', () => {
  const { registration } = clientOf({ 'provider.authorizationFlow': installation.provider.authorizationFlow });
  expect(furtherBreaches(registration, installation)).toEqual([]);
});

it('a global issuer is what consumers are told', () => {
  expect(clientOf({ 'provider.issuerMode': 'global' }).names.issuer).toBe(`${installation.authentik.url}/`);
  expect(bare.names.issuer).toBe(`${installation.authentik.url}/application/o/zot/`);
});

it.each([
  ['provider.authenticationFlow', 'flows'],
  ['provider.encryptionKey', 'keys'],
] as const)('%s is taken away by who may choose it', (place, key) => {
  const [stands, gone] = [clientOf({ [place]: 'orchard strict' }), clientOf({ [place]: null })];
  const held = heldBySection([stands.text], { slug: 'zot', providerName: 'Zot', client: 'zot', accounts: [] });
  const refused = (allowed: readonly string[], text = held) => {
    const { policy } = installation;
    const rules = { ...installation, policy: { ...policy, provider: { ...policy.provider, [key]: allowed } } };
    const standing = standingOf(gone.registration, [{ entry: 'configMap', path: 'a', kind: 'updated' }], text);
    return furtherBreaches(gone.registration, rules, standing.fields, standing.taken);
  };
  expect(refused([])).toMatchObject([
    { field: `spec.${place}`, message: expect.stringContaining('"orchard strict" away is not allowed by policy') },
  ]);
  expect(refused(['orchard *'])).toEqual([]);
  const silent = heldBySection([bare.text], { slug: 'zot', providerName: 'Zot', client: 'zot', accounts: [] });
  expect(refused([], silent), 'there is nothing to take away').toEqual([]);
});
