import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { planOffline } from '../../client/commands/planOffline.ts';
import type { RegistrarError } from '../../core/base/errors.ts';
import type { InstallationInput } from '../../core/installation/installation.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { workingCopy } from '../fixtures/gitApply.ts';

/** The wiki of the sample repository, made by hand under names which no pattern gives, for who is in both of two groups. */
const BY_HAND = [
  [/name: Wiki(?=\n *slug: wiki\n)/, 'name: Wiki of the Orchard'],
  [/AUTHENTIK_WIKI_CLIENT_SECRET/g, 'WIKI_OIDC'],
  [/(secretKey: |key: )wiki-client-secret/g, '$1WIKI_SECRET'],
  ['policy_engine_mode: any', 'policy_engine_mode: all'],
  [
    / {6}# Policy binding[^]*timeout: 30\n/,
    (binding: string) => binding + binding.replaceAll('order: 0', 'order: 1').replace('gardeners]]', 'cooks]]'),
  ],
] as const;

const SPEC: RegistrationInput['spec'] = {
  displayName: 'Wiki of the Orchard',
  providerName: 'Wiki',
  redirectUris: ['https://wiki.orchard.example/auth/oidc.callback'],
  launchUrl: 'https://wiki.orchard.example',
  access: { groups: ['gardeners', 'cooks'], mode: 'all' },
  envVar: 'WIKI_OIDC',
  secretKey: 'WIKI_SECRET',
};

async function plan(
  spec: Partial<RegistrationInput['spec']>,
  settings: Partial<InstallationInput> = {},
  {
    name = 'wiki',
    change = BY_HAND,
  }: { name?: string; change?: readonly (readonly [string | RegExp, unknown])[] } = {},
) {
  const { files, installation } = await sampleLayout('manual');
  const changed = Object.fromEntries(
    Object.entries(files).map(([file, text]) => [
      file,
      change.reduce((now, [from, to]) => now.replace(from, to as string), text),
    ]),
  );
  const folder = await temporaryFolder();
  const [settingsFile, registration] = [path.join(folder, 'registrar.yaml'), path.join(folder, 'client.yaml')];
  await writeFile(settingsFile, stringify({ ...installation, ...settings }));
  const input = { apiVersion: 'oidc-registrar/v1', kind: 'OidcClient', metadata: { name }, spec: { ...SPEC, ...spec } };
  await writeFile(registration, stringify(input));
  const repo = await workingCopy(changed);
  return (await planOffline({ client: name, repo, installation: settingsFile, registration })).plan;
}

describe('a client made by hand under names of its own', () => {
  it('is as asked where the registration says them', async () => {
    expect(await plan({})).toMatchObject({ unchanged: true, files: [] });
  });

  it('has the key of its Secret by the pattern', async () => {
    const { secretKey: _key, ...rest } = SPEC;
    const naming = { blueprintName: 'Orchard {displayName} SSO', secretKey: '{NAME}_SECRET' };
    expect(await plan({ ...rest, secretKey: undefined }, { naming })).toMatchObject({ unchanged: true });
  });

  it.each([
    [
      'envVar',
      { envVar: undefined },
      'reads its secret from variable WIKI_OIDC, not from variable AUTHENTIK_WIKI_CLIENT_SECRET',
    ],
    ['providerName', { providerName: undefined }, 'provider name "Wiki", not "Wiki of the Orchard"'],
    ['secretKey', { secretKey: undefined }, 'WIKI_OIDC'],
    ['vaultField', { vaultField: 'other' }, 'WIKI_SECRET'],
  ])('is refused, and nothing half done, where %s does not say what stands', async (_field, spec, says) => {
    const { message, remedy } = (await plan(spec).catch((error: unknown) => error)) as RegistrarError;
    expect(`${message} ${remedy}`).toContain(says);
  });

  it('may only have a name that it has: a new one has those of the patterns', async () => {
    const spec = { displayName: 'Other', providerName: 'Other', access: { groups: ['gardeners'] } };
    for (const [field, value] of [
      ['envVar', 'AUTHENTIK_BOOTSTRAP_TOKEN'],
      ['secretKey', 'AUTHENTIK_BOOTSTRAP_PASSWORD'],
    ] as const)
      await expect(
        plan({ ...spec, envVar: undefined, secretKey: undefined, [field]: value }, {}, { name: 'other' }),
      ).rejects.toThrow(`spec.${field}: "${value}" is for a client that has it already`);
  });
});

describe('the engine mode', () => {
  it('is kept, and told with the word for it, where the registration has none', async () => {
    const { unchanged, warnings } = await plan({ access: { groups: ['gardeners', 'cooks'] } });
    expect(unchanged).toBe(true);
    expect(warnings).toContainEqual(expect.stringContaining('write "mode: all" under spec.access'));
  });

  it('that lets in more is a change that the plan tells', async () => {
    const { files, warnings } = await plan({ access: { groups: ['gardeners', 'cooks'], mode: 'any' } });
    expect(files.map(({ diff = '' }) => diff.split('\n').filter((line) => /^[-+] /.test(line)))).toEqual([
      ['-          policy_engine_mode: all', '+          policy_engine_mode: any'],
    ]);
    expect(warnings).toContain(
      'widens who may sign in to application wiki: so far only who is in every one of gardeners, cooks, then who is in any of gardeners, cooks',
    );
  });

  it('that lets in more has every group judged by the policy anew', async () => {
    const policy = { groups: { bind: ['gardeners'] } };
    const access = { groups: ['gardeners', 'cooks'] };
    expect(
      await plan({ access: { ...access, mode: 'all' }, launchUrl: 'https://new.orchard.example' }, { policy }),
    ).toMatchObject({
      unchanged: false,
    });
    await expect(plan({ access: { ...access, mode: 'any' } }, { policy })).rejects.toThrow(
      'spec.access.groups.1: group "cooks" is not allowed by policy.groups.bind',
    );
  });
});
