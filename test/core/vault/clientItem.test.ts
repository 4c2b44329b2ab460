import { describe, expect, it } from 'vitest';
import { installationSchema, type Installation } from '../../../core/installation/installation.ts';
import { destinationsOf } from '../../../core/installation/destinations.ts';
import { resolveNames, type Names } from '../../../core/names/names.ts';
import { claimedBy } from '../../../core/policy/fieldOwner.ts';
import { readersIn, readsByTool, readsSecret } from '../../../core/policy/fieldReaders.ts';
import { registrationSchema } from '../../../core/registration/registration.ts';
import { vaultOf } from '../../../core/vault/vaults.ts';
import { clientNamed } from '../../fixtures/clients.ts';
import { caseInstallation } from '../../fixtures/zot.ts';

const { itemId, itemTitle, ...vault } = caseInstallation.vault;
const { vaultId } = vault;

function installationWith(settings: object): Installation {
  const naming = { ...caseInstallation.naming, vaultField: 'secret', secretKey: '{name}' };
  return installationSchema.parse({ ...caseInstallation, naming, vault: { ...vault, ...settings } });
}
const each = installationWith({ item: 'oidc-{name}' });
const one = installationWith({ itemId, itemTitle });

function namesOf(client: string, installation = each, spec: object = {}): Names {
  const asked = clientNamed(client);
  return resolveNames(registrationSchema.parse({ ...asked, spec: { ...asked.spec, ...spec } }), installation);
}

describe('the settings', () => {
  const problems = (settings: object): readonly string[] => {
    const found = installationSchema.safeParse({ ...caseInstallation, vault: { ...vault, ...settings } });
    return found.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? [];
  };

  it('name one item for all or one for each, and not both', () => {
    expect(problems({ itemId, itemTitle })).toEqual([]);
    expect(problems({ item: 'oidc-{name}' })).toEqual([]);
    expect(problems({})).toEqual([
      expect.stringContaining('vault.itemId is missing'),
      expect.stringContaining('vault.itemTitle is missing'),
    ]);
    expect(problems({ itemId })).toEqual([expect.stringContaining('vault.itemTitle is missing')]);
    expect(problems({ itemId, item: '{name}' })).toEqual([expect.stringContaining('vault.itemId is not used beside')]);
  });

  it.each(['oidc', '{NAME}', ' {name}', '{name} ', 'a/{name}', '{name} (oidc)', 'ü{name}', '{name}"'])(
    'refuse the pattern %j',
    (item) => {
      expect(problems({ item })).toEqual([expect.stringContaining('vault.item ')]);
    },
  );

  it('of one item are the places that they were', () => {
    const places = destinationsOf({ installation: one, server: () => undefined });
    expect([...places.keys()].filter((name) => name.startsWith('vault.'))).toEqual([
      'vault.connectHost',
      'vault.vaultId',
      'vault.itemId',
      'vault.itemTitle',
    ]);
    const others = destinationsOf({ installation: each, server: () => undefined });
    expect(others.get('vault.item')).toBe('oidc-{name}');
  });
});

describe('the item of a client', () => {
  it('is by the pattern, or by its registration, and by neither none', () => {
    expect(namesOf('zot').vaultItem).toEqual({ title: 'oidc-zot', client: 'zot' });
    expect(namesOf('zot', each, { vaultItem: 'Open WebUI' }).vaultItem?.title).toBe('Open WebUI');
    expect(namesOf('zot', one, { vaultItem: 'Open WebUI' }).vaultItem?.title).toBe('Open WebUI');
    expect(namesOf('zot', one)).not.toHaveProperty('vaultItem');
  });

  it('is refused where a display name gives what a reference does not take', () => {
    const installation = installationWith({ item: '{displayName}' });
    expect(() => namesOf('zot', installation, { displayName: 'Zot (registry)' })).toThrow('vault.item: gives');
    expect(namesOf('zot', installation, { displayName: 'Zot Registry' }).vaultItem?.title).toBe('Zot Registry');
  });

  it('is named by title in references, commands and ExternalSecrets, made or not', () => {
    const names = namesOf('zot');
    for (const known of [names, { ...names, vaultItem: { title: 'oidc-zot', client: 'zot', id: 'an-id' } }]) {
      const words = vaultOf(each, known);
      expect(words.reference('secret')).toBe(`op://${vaultId}/oidc-zot/secret`);
      expect(words.readCommand('secret')).toBe(`op read "op://${vaultId}/oidc-zot/secret"`);
      expect(words.remoteRef('secret')).toEqual({ key: 'oidc-zot', property: 'secret' });
      expect(words.isReadBy(words.readCommand('secret'), 'secret')).toBe(true);
      expect(words.isAllOf('oidc-zot')).toBe(true);
      for (const other of ['oidc-wiki', itemTitle, itemId]) expect(words.isAllOf(other)).toBe(false);
    }
    expect(vaultOf(each, names).address).toContain('item "oidc-zot" of vault');
    expect(vaultOf(one, {}).reference('secret')).toBe(`op://${vaultId}/${itemId}/secret`);
  });
});

describe('a field of one item is none of another', () => {
  const [zot, wiki] = [namesOf('zot'), namesOf('wiki')];

  it.each([
    [`op read "op://v/oidc-zot/secret"`, true],
    [`op read "op://v/oidc-zot/OIDC/secret"`, true],
    [`op read "op://v/oidc-wiki/secret"`, false],
    [`op read "op://v/oidc-zot-2/secret"`, false],
    [`op read "op://{{ vault }}/{{ item }}/secret"`, true],
    [`x: "{{ lookup('community.general.onepassword', 'oidc-zot', field='secret') }}"`, true],
    [`x: "{{ lookup('community.general.onepassword', 'oidc-wiki', field='secret') }}"`, false],
    [`op item get oidc-zot --fields label=secret`, true],
    [`op item get oidc-zot-2 --fields label=secret`, false],
  ])('%s: %s', (line, reads) => {
    expect(readsByTool(zot, each).pattern.test(line)).toBe(reads);
  });

  it('in commands of playbooks that import reads', () => {
    expect(vaultOf(each, zot).isReadBy(vaultOf(each, wiki).readCommand('secret'), 'secret')).toBe(false);
    expect(vaultOf(one, {}).isReadBy('op read "op://v/Another item/secret"', 'secret')).toBe(false);
  });

  it('in ExternalSecrets', () => {
    const entry = (key: string): string =>
      `kind: ExternalSecret\nmetadata: {name: x, namespace: y}\nspec:\n  data:\n    - secretKey: a\n      remoteRef: {key: ${key}, property: secret}\n`;
    const wanted = { names: zot, installation: each, secrets: new Set<string>() };
    expect(readersIn(entry('oidc-zot'), 'a.yaml', wanted)).toHaveLength(1);
    expect(readersIn(entry('oidc-wiki'), 'a.yaml', wanted)).toEqual([]);
  });

  it('in registrations, unless two name one item', () => {
    const claims = (names: Names) =>
      claimedBy(zot, { readers: [], sections: {}, registrations: [{ client: 'wiki', names }] });
    expect(claims(wiki)).toEqual([]);
    expect(claims(namesOf('wiki', each, { vaultItem: 'oidc-zot' }))).toEqual([
      'the registration of client wiki names field secret',
    ]);
    // Each item by itself holds a field of that name.
    expect(claims(namesOf('wiki', one))).toEqual([]);
  });

  it('in what still refers to a client that goes', () => {
    const refers = (line: string): boolean => readsSecret(zot, each).some(({ pattern }) => pattern.test(line));
    for (const line of ['  key: oidc-zot', '- key: "oidc-zot"', 'cmd: op read "op://v/oidc-zot/secret"'])
      expect(refers(line), line).toBe(true);
    for (const line of ['  key: oidc-wiki', '  property: secret', '  key: oidc-zot-2'])
      expect(refers(line), line).toBe(false);
  });
});
