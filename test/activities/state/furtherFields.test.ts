import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { missingFinds } from '../../../activities/preflight/judges.ts';
import { readFound } from '../../../activities/state/authentikState.ts';
import { asAttributes } from '../../../core/authentik/providerSettings.ts';
import { renderBlueprint } from '../../../core/authentik/renderBlueprint.ts';
import { compareState, wantedState } from '../../../core/authentik/wantedState.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { FURTHER_FIELDS, type FieldValue } from '../../../core/registration/furtherFields.ts';
import type { Authentik } from '../../../integrations/authentik/authentik.ts';
import { blocksWith, SAMPLES } from '../../fixtures/furtherFields.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';
import { asAdministrator, asJob } from '../../integrations/authentik/adapter.ts';
import { Lab, SECRET } from '../../sandbox/authentik/lab.ts';

// What a registration asks for beside what every client has, by the product's own client of Authentik's API.

const installation = installationSchema.parse(caseInstallation);
const OUT = 'https://zot.orchard.example/bye';
const access = { groups: ['admins'], users: ['akadmin'], policies: ['office hours'] };

function clientOf(values: Readonly<Record<string, FieldValue>>) {
  const { provider, ...blocks } = blocksWith(values) as { readonly provider?: object };
  const mapped = { ...provider, scopeMappings: ['email verified'] };
  const redirectUris = [...zotRegistration.spec.redirectUris, { url: OUT, type: 'logout' as const }];
  const asked = { access, ...blocks, provider: mapped, scopes: ['openid', 'profile'], redirectUris };
  const spec = { ...zotRegistration.spec, ...asked };
  const registration = checkRegistration({ ...zotRegistration, spec }, 'test');
  const names = resolveNames(registration, installation);
  const wanted = wantedState(registration, installation, names);
  const text = renderBlueprint({ registration, installation, names, authentikVersion: '2026.8.3' });
  return { registration, names, wanted, ...text };
}

let lab: Lab;
let authentik: Authentik;
beforeEach(async () => {
  lab = await Lab.start('2026.8.3');
  lab.group('admins');
  const models = { flow: 'authentik_flows.flow', certificate: 'authentik_crypto.certificatekeypair' };
  for (const { is, block, name } of FURTHER_FIELDS) {
    if (is !== 'flow' && is !== 'certificate') continue;
    for (const value of SAMPLES[`${block}.${name}`] ?? []) make(models[is], is === 'flow' ? 'slug' : 'name', value);
  }
  const fields = { name: 'email verified', scope_name: 'email' };
  lab.rows.fixtures.push({
    pk: crypto.randomUUID(),
    model: 'authentik_providers_oauth2.scopemapping',
    fields,
  });
  make('authentik_policies_expression.expressionpolicy', 'name', 'office hours');
  // Its list is searched by a part of the name.
  make('authentik_policies_expression.expressionpolicy', 'name', 'office hours, and later');
  authentik = await asAdministrator(lab);
});
afterEach(() => lab.close());

function make(model: string, field: string, value: FieldValue): void {
  const fields = { name: String(value), [field]: String(value) };
  lab.rows.fixtures.push({ pk: crypto.randomUUID(), model, fields });
}

describe.each(['one', 'other'] as const)('a client with the %s value of each', (which) => {
  const values = Object.entries(SAMPLES).map(
    ([place, [one, other]]) => [place, which === 'one' ? one : other] as const,
  );
  const client = clientOf(Object.fromEntries(values));
  const provider = () => lab.rows.providers[0] as unknown as Record<string, unknown>;
  const application = () => lab.rows.applications[0] as unknown as Record<string, unknown>;

  beforeEach(async () => {
    await lab.pod({ 'custom/zot.yaml': client.text }, { [client.names.envVar]: SECRET });
  });

  it('finds each of what it names once, and all reads back as asked', async () => {
    for (const { model, key } of client.finds)
      expect(await authentik.find(model, key), `${model} ${key}`).toHaveLength(1);
    const found = await readFound({ authentik } as unknown as Deps, client);
    expect(compareState(client.wanted, found)).toEqual([]);
  });

  it('tells each value that somebody has changed', async () => {
    for (const { block, name, attribute, is } of FURTHER_FIELDS) {
      const row = block === 'provider' ? provider() : application();
      const before = row[attribute];
      row[attribute] = is === 'flag' ? before !== true : is === 'text' ? 'by hand' : lab.rows.fixtures[0]?.pk;
      const found = await readFound({ authentik } as unknown as Deps, client);
      expect(compareState(client.wanted, found), name).toEqual([expect.stringContaining(`'s ${name} is `)]);
      row[attribute] = before;
    }
  });

  it('gets what was there before by the API, none of it as well', async () => {
    const [was, shown] = [await authentik.providerByName('Zot'), await authentik.application('zot')];
    const [rowBefore, shownBefore] = [{ ...provider() }, { ...application() }];
    const none = { authenticationFlow: null, encryptionKey: null, logoutUri: null };
    await authentik.change('provider', was?.pk ?? 0, asAttributes('provider', none));
    await authentik.change('application', 'zot', asAttributes('launcher', { group: null, icon: null }));
    expect(provider()).toMatchObject({ authentication_flow: null, encryption_key: null, logout_uri: '' });
    expect(application()).toMatchObject({ group: '', meta_icon: '' });
    await authentik.change('provider', was?.pk ?? 0, asAttributes('provider', was?.further));
    await authentik.change('application', 'zot', asAttributes('launcher', shown?.further));
    expect([provider(), application()]).toEqual([rowBefore, shownBefore]);
  });

  it('sends no code to an address that is for the end of a session, and tells one that has got codes', async () => {
    const [callback] = client.wanted.provider.redirectUris;
    const sent = (url: string) => authentik.testRedirectUri(client.names.clientId, url, ['openid']);
    expect([await sent(callback?.url ?? ''), await sent(OUT)]).toEqual(['accepted', 'rejected']);
    for (const uri of lab.rows.providers[0]?.redirect_uris ?? []) delete uri.redirect_uri_type;
    const found = await readFound({ authentik } as unknown as Deps, client);
    expect(compareState(client.wanted, found)).toEqual([
      expect.stringContaining(`lack strict ${OUT} (logout)`),
      expect.stringContaining(`also hold strict ${OUT}`),
    ]);
    expect(await sent(OUT)).toBe('accepted');
  });

  it('tells a mapping that is gone, and one of the same scope beside it', async () => {
    const mappings = lab.rows.providers[0]?.property_mappings ?? [];
    const ofAuthentik = lab.rows.fixtures.find(({ fields }) => fields['scope_name'] === 'email')?.pk ?? '';
    mappings.splice(2, 1, ofAuthentik);
    const found = await readFound({ authentik } as unknown as Deps, client);
    expect(compareState(client.wanted, found)).toEqual([
      expect.stringContaining('lack mapping "email verified"'),
      expect.stringContaining(`also hold ${ofAuthentik}`),
    ]);
  });

  it('tells a binding to somebody else', async () => {
    const [, user] = lab.rows.bindings;
    Object.assign(user ?? {}, { user: null, group: lab.group('others') });
    const found = await readFound({ authentik } as unknown as Deps, client);
    expect(compareState(client.wanted, found).join('; ')).toContain('lack 1 user "akadmin"');
  });
});

it('a policy is not found by a token that may not view policies, which is no answer that there is none', async () => {
  const token = await asJob(lab);
  await expect(token.find('policy', 'office hours')).rejects.toMatchObject({ kind: 'Unauthorized' });
});

it('a mapping that is asked for by its name and by its scope is refused before anything is written', async () => {
  const client = clientOf({});
  const judged = async () => {
    const world = { ...client, deps: { authentik } as unknown as Deps, rendered: client };
    const found = await missingFinds(world, ({ model }) => ['scopeMapping', 'namedMapping'].includes(model));
    return found.map(({ message }) => message);
  };
  expect(await judged()).toEqual([]);
  const ofName = lab.rows.fixtures.find(({ fields }) => fields['name'] === 'email verified');
  Object.assign(ofName?.fields ?? {}, { scope_name: 'profile' });
  const twice =
    'spec.provider.scopeMappings.0: mapping "email verified" is of scope "profile", which spec.scopes names as well';
  expect(await judged()).toEqual([expect.stringContaining('2 scopeMapping named "profile"'), twice]);
  lab.rows.fixtures = lab.rows.fixtures.filter((row) => row === ofName || row.fields['scope_name'] !== 'profile');
  expect(await judged()).toEqual([twice]);
});
