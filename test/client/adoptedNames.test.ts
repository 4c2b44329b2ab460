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

describe('a worker that takes every key of its Secret for a variable', () => {
  const FROM_ALL = [
    [
      '          env:\n',
      '          envFrom:\n            - secretRef:\n                name: authentik-env\n          env:\n',
    ],
  ] as const;
  const other = {
    displayName: 'Other',
    providerName: 'Other',
    access: { groups: ['gardeners'] },
    envVar: undefined,
    secretKey: undefined,
  };

  it.each([
    ['AUTHENTIK_BOOTSTRAP_PASSWORD', 'would set its variable AUTHENTIK_BOOTSTRAP_PASSWORD'],
    ['other_secret', 'would set its variable other_secret'],
  ])('is given none by the vault field %s of a new client', async (vaultField, says) => {
    await expect(plan({ ...other, vaultField }, {}, { name: 'other', change: FROM_ALL })).rejects.toThrow(says);
  });

  it.each([
    ['that is the variable of the client', 'AUTHENTIK_OTHER_CLIENT_SECRET', FROM_ALL],
    ['that no variable is called as', 'other.oidc', FROM_ALL],
    ['where it takes single keys', 'other_secret', []],
  ] as const)('has nothing against a field %s', async (_what, vaultField, change) => {
    expect(await plan({ ...other, vaultField }, {}, { name: 'other', change })).toMatchObject({ unchanged: false });
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

describe('a client id that comes from a variable', () => {
  const asked = { clientId: { envVar: 'WIKI_CLIENT_ID' } };
  const from = (value: string) => ({ change: [...BY_HAND, ['client_id: wiki', `client_id: ${value}`]] as const });
  const ansible = (text: string): RegistrationInput['spec']['consumers'] => [
    {
      kind: 'ansible',
      role: 'zot',
      rolesPath: 'roles',
      playbook: 'hosts/attic.yml',
      tags: ['zot'],
      template: { name: 'wiki.json.j2', text },
      dest: '/etc/zot/wiki.json',
    },
  ];

  it.each(['!Env WIKI_CLIENT_ID', '!Env [WIKI_CLIENT_ID]', '!Env [WIKI_CLIENT_ID, wiki]', '"!Env WIKI_CLIENT_ID"'])(
    'written as %s is as asked only where it is that variable',
    async (value) => {
      const planned = plan(asked, {}, from(value));
      if (value.startsWith('"')) await expect(planned).rejects.toThrow('different');
      else expect(await planned).toMatchObject({ unchanged: true, files: [] });
    },
  );

  it('is kept by a change of something else', async () => {
    const { files } = await plan(
      { ...asked, launchUrl: 'https://new.orchard.example' },
      {},
      from('!Env [WIKI_CLIENT_ID, wiki]'),
    );
    expect(files).toHaveLength(1);
    expect(files[0]?.diff).not.toMatch(/^[-+].*client_id/m);
  });

  it.each([
    ['a text in the section', asked, 'wiki', 'client id "wiki", not !Env WIKI_CLIENT_ID'],
    ['a text in the registration', {}, '!Env WIKI_CLIENT_ID', 'client id !Env WIKI_CLIENT_ID, not "wiki"'],
    ['another variable', asked, '!Env OTHER', 'client id !Env OTHER, not !Env WIKI_CLIENT_ID'],
  ])('is refused in words beside %s', async (_what, spec, value, says) => {
    const { message } = (await plan(spec, {}, from(value)).catch((error: unknown) => error)) as RegistrarError;
    expect(message).toContain(says);
  });

  it('is none that a new client may choose: it would show what is in the variable', async () => {
    const spec = { displayName: 'Other', providerName: 'Other', envVar: undefined, secretKey: undefined };
    const access = { groups: ['gardeners'] };
    await expect(
      plan({ ...spec, access, clientId: { envVar: 'AUTHENTIK_SECRET_KEY' } }, {}, { name: 'other' }),
    ).rejects.toThrow(
      'spec.clientId: variable "AUTHENTIK_SECRET_KEY" is for a client whose section takes its id from it',
    );
  });

  it('is written into no file by a plan that cannot ask for it', async () => {
    const consumers = ansible('{"id": "<<clientId>>", "secret": "<<clientSecret>>"}\n');
    await expect(plan({ ...asked, consumers }, {}, from('!Env WIKI_CLIENT_ID'))).rejects.toThrow(
      'spec.consumers.0 would write the client id, whose value is in variable WIKI_CLIENT_ID',
    );
    const { files, warnings } = await plan(
      { ...asked, consumers: ansible('{"secret": "<<clientSecret>>"}\n') },
      { policy: { ansible: { destinations: ['**'] } } },
      from('!Env WIKI_CLIENT_ID'),
    );
    expect(files).toHaveLength(3);
    expect(JSON.stringify(files)).not.toContain('<value of');
    expect(warnings).toContainEqual(expect.stringContaining('only Authentik tells'));
  });
});
