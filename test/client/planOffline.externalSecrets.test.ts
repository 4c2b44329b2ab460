import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { planOffline } from '../../client/commands/planOffline.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { workingCopy } from '../fixtures/gitApply.ts';

const FILE = 'identity/authentik/external-secret.yaml';
const ITEM = 'Authentik (orchard)';

const head = `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: authentik
  namespace: identity
spec:
  secretStoreRef:
    kind: ClusterSecretStore
    name: vault-orchard
  target:
    name: authentik-env
`;
const lines = `    template:
      data:
        secret-key: "{{ .secret_key }}"
        wiki-client-secret: "{{ .WIKI_CLIENT_SECRET }}"
`;
const entries = `  data:
    - secretKey: secret_key
      remoteRef:
        key: ${ITEM}
        property: secret-key
    - secretKey: WIKI_CLIENT_SECRET
      remoteRef:
        key: ${ITEM}
        property: wiki-client-secret
`;
const ours = `    - secretKey: zot-client-secret
      remoteRef:
        key: ${ITEM}
        property: zot-client-secret
`;
const line = `        zot-client-secret: '{{ index . "zot-client-secret" }}'\n`;
const extract = `  dataFrom:\n    - extract:\n        key: ${ITEM}\n`;

/** The plan of Zot, in the sample repository with this ExternalSecret, in that file. */
async function planned(externalSecret: string, more: Readonly<Record<string, string>> = {}, place = FILE) {
  const { files, installation } = await sampleLayout('manual');
  const { [FILE]: _its, ...others } = files;
  const repo = await workingCopy({ ...others, [place]: externalSecret, ...more });
  installation.authentik.externalSecret.file = place;
  const file = path.join(await temporaryFolder(), 'registrar.yaml');
  await writeFile(file, stringify(installation));
  const asked = { client: 'zot', repo, installation: file };
  const { plan, files: changed, workingCopy: copy } = await planOffline(asked);
  return {
    text: changed.find((each) => each.path === place)?.after,
    warnings: plan.warnings,
    again: async () => {
      copy.write(changed);
      return (await planOffline(asked)).plan.unchanged;
    },
  };
}

describe('an ExternalSecret with a template that names the keys of the Secret', () => {
  it.each([
    ['and entries gets an entry and a line', head + lines + entries, head + lines + line + entries + ours],
    ['and an extract of the item gets a line', head + lines + extract, head + lines + line + extract],
    [
      'and half of what it needs gets the other half',
      head + lines + entries + ours,
      head + lines + line + entries + ours,
    ],
  ])('%s, and the next plan says that nothing would change', async (_, before, after) => {
    const { text, again } = await planned(before);
    expect(text).toBe(after);
    expect(await again()).toBe(true);
  });
});

describe('an ExternalSecret among the templates of a chart, which Helm reads first', () => {
  const place = 'identity/authentik/templates/secrets/external-secret.yaml';
  const chart = { 'identity/authentik/Chart.yaml': 'name: authentik\n' };

  it('gets no line of a template of External Secrets', async () => {
    await expect(planned(head + lines + entries, chart, place)).rejects.toMatchObject({
      message: `${place}: it is a template of the chart in identity/authentik, and Helm would take the {{ … }} that is to be written there for its own`,
    });
  });

  it('gets an entry where that is enough, and both in a folder of that name that is none of a chart', async () => {
    expect((await planned(head + entries, chart, place)).text).toBe(head + entries + ours);
    expect((await planned(head + lines + entries, {}, place)).text).toBe(head + lines + line + entries + ours);
  });
});

describe('values that are not in service must not arrive', () => {
  const refused = async (externalSecret: string, more?: Readonly<Record<string, string>>) => {
    await expect(planned(externalSecret, more)).rejects.toMatchObject({ system: 'External Secrets', kind: 'Refused' });
    return planned(externalSecret, more).catch(String);
  };

  it("in Authentik's Secret", async () => {
    expect(await refused(head + extract)).toContain(
      `ExternalSecret identity/authentik (${FILE}) extracts the whole item "${ITEM}" by dataFrom, and it has no template`,
    );
  });

  it('in that of somebody else, whom the client has nothing to do with', async () => {
    const other = (head + extract).replaceAll('identity', 'photos').replace('name: authentik\n', 'name: album\n');
    expect(await refused(head + entries, { 'photos/secret.yaml': other })).toContain(
      'ExternalSecret photos/album (photos/secret.yaml)',
    );
    const found = other.replace(/extract:\n +key: .*/, 'find: {name: {regexp: "zot"}}');
    expect(await refused(head + entries, { 'photos/secret.yaml': found })).toContain('finds perhaps the fields');
  });

  it('and a name that no Secret may have is warned of', async () => {
    const rewriting = `${extract}      rewrite:\n        - regexp: {source: "^", target: ak_}\n`;
    const { text, warnings } = await planned(head + lines.replaceAll('{{ .', '{{ .ak_') + rewriting);
    expect(text).toContain(`zot-client-secret: '{{ index . "ak_zot-client-secret" }}'`);
    expect(warnings.filter((each) => each.includes('while there is one no key is refreshed'))).toHaveLength(1);
  });
});
