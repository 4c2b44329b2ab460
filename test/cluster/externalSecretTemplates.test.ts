import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExternalSecrets } from '../../integrations/externalSecrets/externalSecretObjects.ts';
import type { ExternalSecrets, ExternalSecretState } from '../../integrations/externalSecrets/externalSecrets.ts';
import type { World } from '../../sandbox/world/world.ts';
import { eventually } from '../fixtures/polling.ts';
import { FIELDS, TEMPLATES } from '../fixtures/secretTemplates.ts';
import { BACKENDS } from './backends.ts';
import { startWorld } from './startWorld.ts';

const PATIENCE_MS = 30_000;
const ITEM = { title: 'identity provider', fields: FIELDS };

/** An Event comes before its condition. */
function failed({ lastFailure, readyMessage }: ExternalSecretState): boolean {
  return lastFailure !== undefined && readyMessage.startsWith('could not');
}

describe.each(BACKENDS)('templates of External Secrets on $name', ({ options }) => {
  let world: World;
  let secrets: ExternalSecrets;
  beforeAll(async () => {
    world = await startWorld(options);
    secrets = createExternalSecrets(world.cluster);
    world.connect.edit(world.installation.vault.itemId, (item) => {
      item.title = ITEM.title;
      item.fields = [
        ...Object.entries(ITEM.fields).map(([label, value]) => ({ label, type: 'CONCEALED', value })),
        { label: 'wiki (pending 1)', type: 'CONCEALED', value: 'pending' },
      ];
    });
  });
  afterAll(async () => world?.destroy());

  let made = 0;
  /** Ready, with what its Secret holds; or not, with the words of its Event. */
  async function outcome(spec: Record<string, unknown>) {
    made += 1;
    const name = `made-${made}`;
    const kind = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret' };
    const store = { kind: 'ClusterSecretStore', name: 'vault-orchard' };
    await world.cluster.create({
      ...kind,
      metadata: { name, namespace: 'identity' },
      spec: { refreshInterval: '1h0m0s', secretStoreRef: store, ...spec },
    });
    const state = await eventually(
      () => secrets.read({ namespace: 'identity', name }),
      (now) => now !== undefined && (now.ready ? now.seen : failed(now)),
      PATIENCE_MS,
    );
    const secret = await world.cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'identity', name });
    const data = (secret?.['data'] ?? {}) as Readonly<Record<string, string>>;
    const held = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]);
    const object = await world.cluster.get({ ...kind, namespace: 'identity', name });
    await world.cluster.delete({ ...kind, namespace: 'identity', name });
    return {
      ready: state?.ready,
      message: state?.readyMessage,
      words: state?.lastFailure?.message ?? '',
      held: Object.fromEntries(held) as Readonly<Record<string, string>>,
      spec: object?.['spec'],
    };
  }
  const extract = (more: object = {}, rest: object = {}) => ({
    dataFrom: [{ extract: { key: ITEM.title, ...more }, ...rest }],
  });

  it.each(TEMPLATES)('$text', async ({ text, made: wanted, words }) => {
    const { held, ...rest } = await outcome({ ...extract(), target: { template: { data: { it: text } } } });
    expect(held).toEqual(wanted === undefined ? {} : { it: wanted });
    if (words === undefined) return;
    expect(rest).toMatchObject({ ready: false, message: 'could not update secret' });
    expect(rest.words).toContain(`could not apply template: could not execute template: `);
    expect(rest.words).toContain(words);
  });

  it('without a template every field arrives, a pending value too, under a key that is a valid one', async () => {
    const { held, spec } = await outcome(extract());
    expect(held).toEqual({ ...ITEM.fields, wiki__pending_1_: 'pending' });
    expect(spec.dataFrom[0].extract).toMatchObject({ conversionStrategy: 'Default', decodingStrategy: 'None' });
  });

  it('a template that merges lets every field arrive beside its own keys', async () => {
    const template = { mergePolicy: 'Merge', data: { own: '{{ .SECRET_KEY }}' } };
    const { held, spec } = await outcome({ ...extract(), target: { template } });
    expect(Object.keys(held).toSorted()).toEqual(['EMPTY', 'SECRET_KEY', 'own', 'wiki-secret', 'wiki__pending_1_']);
    expect(spec.target.template).toMatchObject({ engineVersion: 'v2' });
  });

  it('where keys are rewritten a label that is no key fails the whole refresh', async () => {
    const rewrite = [{ regexp: { source: '^SECRET_(.*)$', target: 'AUTHENTIK_$1' } }];
    const { ready, words, message } = await outcome(extract({}, { rewrite }));
    expect([ready, message]).toEqual([false, 'could not get secret data from provider']);
    expect(words).toContain('error processing spec.dataFrom[0].extract, err: invalid secret keys (TIP: use rewrite');
    expect(words).toContain('key has invalid character');
    expect(words).toContain('wiki (pending 1)');
  });
});
