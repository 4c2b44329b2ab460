import { describe, expect, it } from 'vitest';
import { installationSchema, type InstallationInput } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { branchName, pendingLabel, proposalBranch, revertBranch } from '../../../core/names/labels.ts';
import { clientOfField, resolveNames } from '../../../core/names/names.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';

function names(registration: object = {}, spec: object = {}, installation: Partial<InstallationInput> = {}) {
  return resolveNames(
    checkRegistration({ ...zotRegistration, ...registration, spec: { ...zotRegistration.spec, ...spec } }, 'test'),
    installationSchema.parse({ ...caseInstallation, ...installation }),
  );
}

describe('resolveNames', () => {
  it('derives every name from the client and the patterns', () => {
    expect(names()).toEqual({
      slug: 'zot',
      clientId: 'zot',
      providerName: 'Zot',
      vaultField: 'zot-client-secret',
      envVar: 'AUTHENTIK_ZOT_CLIENT_SECRET',
      blueprintKey: 'zot.yaml',
      blueprintName: 'BlumeOps Zot SSO',
      blueprintPath: 'custom/zot.yaml',
      secretKey: 'zot-client-secret',
      issuer: 'http://127.0.0.1:9000/application/o/zot/',
    });
  });

  it('lets the registration name slug, client id and vault field itself', () => {
    const spec = { slug: 'registry', clientId: 'abc', vaultField: 'registry.oidc' };
    expect(names({ metadata: { name: 'my-zot' } }, spec)).toEqual({
      slug: 'registry',
      clientId: 'abc',
      providerName: 'Zot',
      vaultField: 'registry.oidc',
      envVar: 'AUTHENTIK_MY_ZOT_CLIENT_SECRET',
      blueprintKey: 'my-zot.yaml',
      blueprintName: 'BlumeOps Zot SSO',
      blueprintPath: 'custom/my-zot.yaml',
      secretKey: 'registry.oidc',
      issuer: 'http://127.0.0.1:9000/application/o/registry/',
    });
  });

  it('takes what an adopted client has as the registration says it', () => {
    const spec = { providerName: 'Zot Provider', secretKey: 'ZOT_SECRET', envVar: 'ZOT_OIDC' };
    const found = names(
      {},
      { ...spec, displayName: 'Zot Registry' },
      { naming: { secretKey: '{NAME}_CLIENT_SECRET' } },
    );
    expect(found).toMatchObject(spec);
    expect(found.vaultField).toBe('zot-client-secret');
  });

  it('names the key of the Secret by its pattern, and by the vault field where there is none', () => {
    const naming = { secretKey: '{NAME}_CLIENT_SECRET' };
    expect(names({}, {}, { naming }).secretKey).toBe('ZOT_CLIENT_SECRET');
    expect(names({}, { vaultField: 'registry.oidc' }, { naming }).secretKey).toBe('ZOT_CLIENT_SECRET');
    const authentik = { ...caseInstallation.authentik, delivery: 'file', secretFolder: '/secrets' } as const;
    expect(names({}, {}, { naming, authentik }).secretFile).toBe('/secrets/ZOT_CLIENT_SECRET');
    expect(() => names({}, { displayName: 'My App' }, { naming: { secretKey: '{displayName}' } })).toThrow(
      'naming.secretKey: gives "My App", which is not a key of a Kubernetes Secret',
    );
  });

  it('keeps a client id whose variable the pattern gives, and no other', () => {
    const naming = { clientIdEnvVar: '{NAME}_CLIENT_ID' };
    const own = { envVar: 'ZOT_CLIENT_ID' };
    expect(names({}, { clientId: own }, { naming })).toMatchObject({
      clientId: 'zot',
      clientIdVar: 'ZOT_CLIENT_ID',
      keptId: { vaultField: 'zot-client-id', secretKey: 'zot-client-id', envVar: 'ZOT_CLIENT_ID' },
    });
    expect(names({}, { clientId: { ...own, value: 'zot.example' } }, { naming }).clientId).toBe('zot.example');
    const named = { ...naming, clientIdField: 'oidc.{name}', clientIdSecretKey: '{NAME}_CLIENT_ID' };
    const authentik = { ...caseInstallation.authentik, delivery: 'file', secretFolder: '/secrets' } as const;
    expect(names({}, { clientId: own }, { naming: named, authentik }).keptId).toEqual({
      vaultField: 'oidc.zot',
      secretKey: 'ZOT_CLIENT_ID',
      envVar: 'ZOT_CLIENT_ID',
      secretFile: '/secrets/ZOT_CLIENT_ID',
    });
    for (const [clientId, patterns] of [
      [{ envVar: 'AUTHENTIK_SECRET_KEY' }, naming],
      [own, {}],
      ['zot', naming],
    ] as const)
      expect(names({}, { clientId }, { naming: patterns }).keptId).toBeUndefined();
  });

  it('takes a display name as text, whatever signs it holds', () => {
    const spec = { displayName: "Cash $& {name} $' $1" };
    expect(names({}, spec).blueprintName).toBe("BlumeOps Cash $& {name} $' $1 SSO");
  });

  it('puts one slash between Authentik and the path', () => {
    const authentik = { ...caseInstallation.authentik, url: 'https://sso.example.test/' };
    expect(names({}, {}, { authentik }).issuer).toBe('https://sso.example.test/application/o/zot/');
  });

  it('refuses every pattern that gives a name that cannot be used', () => {
    const naming = { envVar: '{displayName}_SECRET', vaultField: '{displayName}/secret', blueprintKey: '{name}.yml' };
    expect(() => names({}, { displayName: 'My App' }, { naming })).toThrow(
      expect.objectContaining({
        kind: 'BadInput',
        system: 'registrar.yaml',
        message: [
          'naming.envVar: gives "My App_SECRET", which is not the name of an environment variable',
          'naming.vaultField: gives "My App/secret", which is not a key of a Kubernetes Secret: letters, digits, ".", "_" and "-"',
          'naming.blueprintKey: gives "zot.yml", which is not a key of a ConfigMap that ends with ".yaml", for Authentik reads no other',
        ].join('; '),
        remedy: expect.stringContaining('metadata.name') as string,
      }),
    );
  });
});

describe('names of a run', () => {
  it('carry its change id', () => {
    expect(pendingLabel('zot-client-secret', 'c1')).toBe('zot-client-secret (pending c1)');
    expect(branchName('zot', 'c1')).toBe('oidc-registrar/zot-c1');
    expect(branchName('zot', 'c1', 'east')).toBe('oidc-registrar/east/zot-c1');
    expect(proposalBranch(branchName('zot', 'c1', 'east'))).toBe('oidc-registrar-change/east/zot-c1');
    expect(revertBranch(branchName('zot', 'c1'))).toBe('oidc-registrar-undo/zot-c1');
  });
});

it.each([
  ['{name}-client-secret', 'zot-client-secret', 'zot'],
  ['oidc.{name}', 'oidc.my-app', 'my-app'],
  ['{name}-client-secret', 'client-secret', undefined],
  ['{name}-client-secret', '-client-secret', undefined],
  ['{name}-client-secret', 'zot-client-secret-2', undefined],
  ['{displayName}-{name}', 'Zot-zot', undefined],
  ['oidc', 'oidc', undefined],
])('by the pattern %s the vault field %s is that of client %s', (pattern, field, client) => {
  expect(clientOfField(pattern, field)).toBe(client);
});
