import { expect, it } from 'vitest';
import { wantedOf } from '../../activities/state/blueprintOf.ts';
import { renderBlueprint, withoutGrantTypes } from '../../core/authentik/renderBlueprint.ts';
import { compareState, wantedState } from '../../core/authentik/wantedState.ts';
import { unaskedChanges } from '../../core/changes/unaskedChanges.ts';
import { updateSection } from '../../core/edits/blueprint/updateSection.ts';
import { entriesOf } from '../../core/import/entries.ts';
import { askedOf } from '../../core/import/provider.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { resolveNames } from '../../core/names/names.ts';
import { grantBreaches } from '../../core/policy/furtherFields.ts';
import { heldBySection } from '../../core/policy/heldBySection.ts';
import { standingOf } from '../../core/policy/standing.ts';
import { GRANT_TYPES } from '../../core/registration/furtherFields.ts';
import { caseInstallation, zotRegistration } from '../fixtures/zot.ts';

const installation = installationSchema.parse(caseInstallation);
const CLIENT = { name: 'zot', slug: 'zot', providerName: 'Zot', clientId: 'zot', sections: [] };
const OPTIONS = { described: false, client: 'zot' };
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

function clientOf(grantTypes?: readonly string[], authentikVersion = '2026.8.3') {
  const spec = { ...zotRegistration.spec, ...(grantTypes === undefined ? {} : { provider: { grantTypes } }) };
  const registration = checkRegistration({ ...zotRegistration, spec }, 'test');
  const names = resolveNames(registration, installation);
  const wanted = wantedState(registration, installation, names);
  return { registration, names, wanted, ...renderBlueprint({ registration, installation, names, authentikVersion }) };
}

function imported(text: string, notes: string[] = []) {
  return askedOf('zot', CLIENT, entriesOf([text], CLIENT), { installation }, notes).provider?.grantTypes;
}

const bare = clientOf();
const LISTS = [[...GRANT_TYPES], ['authorization_code'], ['authorization_code', 'refresh_token', EXCHANGE]];

it('a registration that is silent asks for two, in the blueprint as ever', () => {
  expect(bare.text).toContain('      grant_types: [authorization_code, refresh_token]\n');
  expect(imported(bare.text)).toBeUndefined();
});

it.each(LISTS)('%s... are written, changed and gone back, read back, and taken over', (...list) => {
  const { text, wanted } = clientOf(list);
  const changed = updateSection(bare.text, text, OPTIONS);
  const words = list.map((each) => (each.startsWith('urn:') ? JSON.stringify(each) : each)).join(', ');
  expect(changed).toBe(bare.text.replace('[authorization_code, refresh_token]', `[${words}]`));
  expect(updateSection(changed, bare.text, OPTIONS)).toBe(bare.text);
  expect(compareState(wanted, wanted)).toEqual([]);
  const told = list.length > 1 ? "the provider's grant types lack" : 'also hold refresh_token';
  expect(compareState(wanted, bare.wanted)).toEqual([expect.stringContaining(told)]);
  const notes: string[] = [];
  expect([imported(changed, notes), notes]).toEqual([list, []]);
});

it('other grants are a change that nobody asked for only where the registration is silent', () => {
  const asked = clientOf([EXCHANGE, 'authorization_code']);
  expect(unaskedChanges(bare.wanted, asked.wanted, bare.registration)).toHaveLength(1);
  expect(unaskedChanges(asked.wanted, bare.wanted, asked.registration)).toEqual([]);
  expect(unaskedChanges(bare.wanted, asked.wanted, bare.registration, asked.registration)).toEqual([]);
});

it('stand in a section that lacks them where they are asked for, and need not where they are not', () => {
  const text = (client: typeof bare) =>
    wantedOf([withoutGrantTypes(bare.text)], { ...client, rendered: client.text, grantsKnown: true });
  expect(text(bare)).not.toContain('grant_types');
  expect(text(clientOf(['authorization_code', 'refresh_token']))).toContain('grant_types');
});

it('each but two is closed by the policy, unless it stands', () => {
  const all = clientOf(GRANT_TYPES);
  expect(grantBreaches(all.registration, installation.policy)).toHaveLength(6);
  const scope = { slug: 'zot', providerName: 'Zot', client: 'zot', accounts: [] };
  const standing = (text: string) =>
    standingOf(all.registration, [{ entry: 'configMap', path: 'a', kind: 'updated' }], heldBySection([text], scope));
  const held = standing(clientOf(['authorization_code', 'password']).text).grants;
  expect(grantBreaches(all.registration, installation.policy, held)).toHaveLength(5);
  expect(grantBreaches(all.registration, installation.policy, standing(all.text).grants)).toEqual([]);
});

it('is refused by name for a release that lacks it', () => {
  expect(() => clientOf(['authorization_code', EXCHANGE], '2026.5.4')).toThrow(
    `spec.provider.grantTypes.1 (${EXCHANGE}) is known since Authentik 2026.8, and this is 2026.5.4`,
  );
  expect(() => clientOf(['authorization_code'], '2026.5.4')).not.toThrow();
  expect(() => clientOf(['authorization_code'], '2026.2.1')).toThrow('is known since Authentik 2026.5');
});

it.each([
  [['refresh_token'], 'must hold "authorization_code"'],
  [['authorization_code', 'authorization_code'], 'grant type "authorization_code" is named twice'],
  [['authorization_code', 'magic'], 'spec.provider.grantTypes.1'],
])('%j are refused', (list, why) => {
  expect(() => clientOf(list)).toThrow(why);
});

it.each(['[client_credentials]', '[authorization_code, magic]', '!Env GRANTS'])(
  'an import says what %s become',
  (list) => {
    const notes: string[] = [];
    const text = bare.text.replace('[authorization_code, refresh_token]', list);
    expect(imported(text, notes)).toBeUndefined();
    expect(notes).toEqual([expect.stringContaining('a run makes them authorization_code and refresh_token')]);
  },
);
