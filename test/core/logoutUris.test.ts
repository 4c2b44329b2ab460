import { describe, expect, it } from 'vitest';
import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { compareState, wantedState } from '../../core/authentik/wantedState.ts';
import { readSection } from '../../core/edits/blueprint/blueprintSection.ts';
import { updateSection } from '../../core/edits/blueprint/updateSection.ts';
import { entriesOf } from '../../core/import/entries.ts';
import { askedOf } from '../../core/import/provider.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { resolveNames } from '../../core/names/names.ts';
import { breaches, NOTHING_STANDS } from '../../core/policy/judge.ts';
import { heldBySection } from '../../core/policy/heldBySection.ts';
import { standingOf } from '../../core/policy/standing.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { caseInstallation, zotRegistration } from '../fixtures/zot.ts';

// Redirect URIs of type `logout`, which get no codes.

const installation = installationSchema.parse(caseInstallation);
const CLIENT = { name: 'zot', slug: 'zot', providerName: 'Zot', clientId: 'zot', sections: [] };
const OPTIONS = { described: false, client: 'zot' };
const CALLBACK = 'https://zot.orchard.example/callback';
const OUT = 'https://zot.orchard.example/bye';

function clientOf(redirectUris: RegistrationInput['spec']['redirectUris'], authentikVersion = '2026.5.0') {
  const spec = { ...zotRegistration.spec, redirectUris };
  const registration = checkRegistration({ ...zotRegistration, spec }, 'test');
  const names = resolveNames(registration, installation);
  const wanted = wantedState(registration, installation, names);
  return { registration, names, wanted, ...renderBlueprint({ registration, installation, names, authentikVersion }) };
}

const bare = clientOf([CALLBACK]);
const asked = clientOf([CALLBACK, { url: OUT, type: 'logout' }]);
const pattern = { url: String.raw`https://zot\.orchard\.example/(en|de)/bye`, matchingMode: 'regex' as const };
const both = clientOf([CALLBACK, { ...pattern, type: 'logout' }, { url: CALLBACK, type: 'logout' }]);
const LINES = `        - matching_mode: strict\n          url: ${OUT}\n          redirect_uri_type: logout\n`;

it('is rendered with its type, and those for codes as ever', () => {
  expect(asked.text).toBe(bare.text.replace(`          url: ${CALLBACK}\n`, `$&${LINES}`));
});

it('comes to a section that people wrote, and goes again, and nothing else', () => {
  const theirs = bare.text.replace('version: 1', '# ours\nversion: 1');
  const added = updateSection(theirs, asked.text, OPTIONS);
  expect(added).toBe(theirs.replace(`          url: ${CALLBACK}\n`, `$&${LINES}`));
  expect(updateSection(added, bare.text, OPTIONS)).toBe(theirs);
});

it.each([asked, both])('is taken over from a section, which then stays as it is', ({ text, registration }) => {
  const notes: string[] = [];
  const { redirectUris } = askedOf('zot', CLIENT, entriesOf([text], CLIENT), { installation }, notes);
  expect(notes).toEqual([]);
  const again = clientOf(redirectUris);
  expect(again.registration.spec.redirectUris).toEqual(registration.spec.redirectUris);
  expect(updateSection(text, again.text, OPTIONS)).toBe(text);
});

it('is told where it is gone, where it is there without being asked for, and where it gets codes', () => {
  const { wanted } = asked;
  const found = (uris: typeof wanted.provider.redirectUris) => ({
    ...wanted,
    provider: { ...wanted.provider, redirectUris: uris },
  });
  expect(compareState(wanted, found(wanted.provider.redirectUris))).toEqual([]);
  expect(compareState(wanted, found(bare.wanted.provider.redirectUris))).toEqual([
    `the provider's redirect URIs lack strict ${OUT} (logout)`,
  ]);
  expect(compareState(bare.wanted, found(wanted.provider.redirectUris))).toEqual([
    `the provider's redirect URIs also hold strict ${OUT} (logout)`,
  ]);
  const open = wanted.provider.redirectUris.map(({ matchingMode, url }) => ({ matchingMode, url }));
  expect(compareState(wanted, found(open))).toHaveLength(2);
});

describe('the policy', () => {
  const rules = { ...installation, policy: { ...installation.policy } };
  rules.policy.redirectUris = { ...rules.policy.redirectUris, hosts: [], regex: false };
  const found = (client: typeof asked, standing = NOTHING_STANDS) =>
    breaches({ ...client, inline: false }, rules, standing).flatMap(({ field }) =>
      field.startsWith('spec.redirectUris') ? [field] : [],
    );
  const standing = (client: typeof asked, { text }: typeof asked) => {
    const held = heldBySection([text], { slug: 'zot', providerName: 'Zot', client: 'zot', accounts: [] });
    return standingOf(client.registration, [{ entry: 'configMap', path: 'a', kind: 'updated' }], held);
  };

  it('judges it as any other, and not where it stands', () => {
    expect(found(asked)).toEqual(['spec.redirectUris.0', 'spec.redirectUris.1']);
    expect(found(asked, standing(asked, bare))).toEqual(['spec.redirectUris.1']);
    expect(found(asked, standing(asked, asked))).toEqual([]);
  });

  it('does not let an address get codes for standing as one of a logout', () => {
    const opened = clientOf([CALLBACK, OUT]);
    expect(found(opened, standing(opened, asked))).toEqual(['spec.redirectUris.1']);
  });
});

it('is refused by its name for a release that lacks it: there it would get codes', () => {
  expect(() => clientOf([CALLBACK, { url: OUT, type: 'logout' }], '2026.2.1')).toThrow(
    'spec.redirectUris.1.type (redirect_uri_type) is known since Authentik 2026.5, and this is 2026.2.1',
  );
  expect(() => clientOf([CALLBACK], '2026.2.1')).not.toThrow();
});

it('the same address may be for both, and each of them once', () => {
  const { entries } = readSection(both.text);
  expect(entries[0]?.values['redirect_uris']).toHaveLength(3);
  const twice = { url: OUT, type: 'logout' as const };
  expect(() => clientOf([CALLBACK, twice, twice])).toThrow(`redirect URI "strict ${OUT} (logout)" is named twice`);
});

it.each([
  [[{ url: OUT, type: 'logout' as const }], 'spec.redirectUris: must have one that is not of type logout'],
  [[CALLBACK, { url: '/bye', type: 'logout' as const }], 'spec.redirectUris.1: must be an absolute URI'],
  [[CALLBACK, { url: OUT, type: 'authorization' as never }], 'spec.redirectUris.1.type: must be "logout"'],
])('%j is refused', (uris, why) => {
  expect(() => clientOf(uris)).toThrow(why);
});
