import { describe, expect, it } from 'vitest';
import { editsOf } from '../../../core/changes/editsOf.ts';
import type { ChangeInput } from '../../../core/changes/fileChanges.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { manifestAt } from '../../../activities/state/manifest.ts';
import { warningsFor } from '../../../core/plan/remaining.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { rendered } from '../edits/blueprint/rendered.ts';
import { shortFiles, zotRegistration } from '../../fixtures/zot.ts';

const HOST = 'registry.example.test';
const registration = checkRegistration(
  { ...zotRegistration, spec: { ...zotRegistration.spec, consumers: [] } },
  'test',
);

/** The blueprint as somebody wrote it who lets Flux fill in the domain. */
const byFlux = (text = rendered()) => `${text.replaceAll(HOST, 'registry.${DOMAIN}')}  # by \${WHO:=hand} for $$1\n`;

const indented = (text: string) => text.replaceAll(/^(?=.)/gm, '    ');
const manifest = (text: string, labels = '') =>
  `kind: ConfigMap\nmetadata:\n  name: blueprints\n${labels}data:\n  other.yaml: |\n    is: \${UNKNOWN}\n  zot.yaml: |\n${indented(text)}`;

function edit(
  substitute?: false | Record<string, string>,
  blueprintText = rendered(),
  generated = false,
  there?: string,
) {
  const plain = shortFiles();
  const { authentik, gitops } = plain;
  const blueprints = generated ? { ...authentik.blueprints, generatedFrom: 'bp' } : authentik.blueprints;
  const installation = {
    ...plain,
    gitops: { ...gitops, ...(substitute === undefined ? {} : { substitute }) },
    authentik: { ...authentik, deployBy: 'external' as const, blueprints },
  };
  const kustomization = 'configMapGenerator:\n  - name: blueprints\n    files:\n      - zot.yaml=bp/zot.yaml\n';
  const input: ChangeInput = {
    registration,
    installation,
    names: resolveNames(registration, installation),
    blueprintText,
    steps: ['syncBlueprint'],
    read: (path) => (path === authentik.blueprints.file ? (generated ? kustomization : there) : undefined),
  };
  const found = editsOf(input).find(({ entry }) => entry.place === 'configMap');
  if (found?.update === undefined || found.restore === undefined) throw new Error('no edit of the blueprint');
  return { ...found, update: found.update, restore: found.restore };
}

const settings = { DOMAIN: 'example.test' };
const launch = rendered({ launchUrl: `https://${HOST}/v2` });

function textOf(outcome: ReturnType<ReturnType<typeof edit>['update']>): string {
  if (outcome.kind !== 'changed') throw new Error(JSON.stringify(outcome));
  return outcome.text;
}

describe('a blueprint in which Flux puts values', () => {
  it.each([
    ['a section', false],
    ['a file that a generator names', true],
  ])(
    'is there where what arrives is what is asked for, and is changed in the lines that are not: %s',
    (_what, generated) => {
      const text = generated ? byFlux() : manifest(byFlux());
      const of = (asked: string) => edit(settings, asked, generated);
      expect(of(rendered()).add(text)).toEqual({ kind: 'alreadyThere', text });
      const after = textOf(of(launch).update(text));
      expect(after).toBe(
        text.replace('meta_launch_url: https://registry.${DOMAIN}', `meta_launch_url: https://${HOST}/v2`),
      );
      expect(textOf(of(launch).restore(after, text))).toBe(text);
    },
  );

  it('gets what means itself where the text is taken literally', () => {
    const odd = rendered({ launchUrl: 'https://registry.example.test/${DOMAIN}' });
    const after = textOf(
      edit(settings, odd).add('kind: ConfigMap\nmetadata: {name: blueprints}\ndata:\n  a.yaml: |\n    b: ${DOMAIN}\n'),
    );
    expect(after).toContain('/$${DOMAIN}');
    expect(after).toContain('b: ${DOMAIN}\n');
    expect(edit(settings, odd).add(after)).toEqual({ kind: 'alreadyThere', text: after });
    expect(
      edit(undefined, odd).add('kind: ConfigMap\nmetadata: {name: blueprints}\ndata:\n  a.yaml: b\n'),
    ).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('gitops.substitute') as string,
    });
  });

  it('is refused by the name of the variable and of the setting, where no value is known', () => {
    for (const substitute of [undefined, { OTHER: 'x' }])
      expect(edit(substitute).add(manifest(byFlux()))).toMatchObject({
        kind: 'refused',
        reason: expect.stringMatching(/it holds \$\{DOMAIN\}, and gitops\.substitute of registrar\.yaml/) as string,
      });
  });

  it('is taken as it stands where nothing is substituted', () => {
    const found = { kind: 'different', found: expect.stringContaining('${DOMAIN}') as string };
    expect(edit(false).add(manifest(byFlux()))).toMatchObject(found);
    const label = '  labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}\n';
    const text = manifest(byFlux(), label);
    expect(edit(settings, rendered(), false, text).add(text)).toMatchObject(found);
  });
});

it.each([
  ['where Flux substitutes', settings, ['${DOMAIN}']],
  ['not where nobody does', false as const, []],
])('a variable in a registration is warned of, for its text arrives: %s', (_what, substitute, told) => {
  const plain = shortFiles();
  const installation = {
    ...plain,
    gitops: { ...plain.gitops, substitute },
    authentik: { ...plain.authentik, deployBy: 'external' as const },
  };
  const spec = { ...registration.spec, launchUrl: 'https://registry.${DOMAIN}', displayName: 'Costs $5, ${DOMAIN}' };
  const asked = { ...registration, spec };
  const names = resolveNames(asked, installation);
  const warnings = warningsFor({ registration: asked, names, land: 'first' }, installation);
  expect(warnings.flatMap((each) => /the registration says (\S+),/.exec(each)?.[1] ?? [])).toEqual(told);
});

describe('what brings the secret, where Flux puts values in', () => {
  const secret = (more = '') => `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: authentik
spec:
  secretStoreRef: { kind: ClusterSecretStore, name: '\${STORE}' }
  data:
    - secretKey: AUTHENTIK_SECRET_KEY
      remoteRef:
        key: \${ITEM}
        property: secret-key
${more}`;
  const own = `    - secretKey: zot-client-secret
      remoteRef:
        key: \${ITEM}
        property: zot-client-secret
`;
  const worker = (value: string) => `kind: Deployment
metadata: { name: worker }
spec:
  template:
    spec:
      containers:
        - name: worker
          image: server:\${VERSION}
          env:
            - name: AUTHENTIK_ZOT_CLIENT_SECRET
              valueFrom: { secretKeyRef: { name: ${value}, key: zot-client-secret } }
`;
  const edits = (substitute: false | Record<string, string>, files: Readonly<Record<string, string>>) => {
    const plain = shortFiles();
    const authentik = { ...plain.authentik, deployBy: 'external' as const };
    const installation = { ...plain, gitops: { ...plain.gitops, substitute }, authentik };
    const { file: secretFile } = authentik.externalSecret;
    const read = (path: string) => files[path === secretFile ? 'secret' : 'worker'];
    const names = resolveNames(registration, installation);
    const steps = ['patchExternalSecret'] as const;
    return editsOf({ registration, installation, names, blueprintText: rendered(), steps, read });
  };
  const values = { ITEM: 'Authentik (blumeops)', STORE: 'onepassword', SECRET: 'authentik', VERSION: '2026.5' };
  const at = (
    place: string,
    files: Readonly<Record<string, string>>,
    substitute: false | Record<string, string> = values,
  ) => {
    const found = edits(substitute, files).find(({ entry }) => entry.place === place);
    if (found === undefined) throw new Error(`no edit of ${place}`);
    return found;
  };

  it('is there where that arrives, and is not where nobody says what does', () => {
    const files = { secret: secret(own), worker: worker('${SECRET}') };
    expect(at('externalSecret', files).add(files.secret)).toEqual({ kind: 'alreadyThere', text: files.secret });
    expect(at('deployment', files).add(files.worker)).toEqual({ kind: 'alreadyThere', text: files.worker });
    expect(at('externalSecret', files, false).add(files.secret).kind).not.toBe('alreadyThere');
    expect(at('deployment', files, false).add(files.worker).kind).not.toBe('alreadyThere');
  });

  it('is added beside variables, which stay as they are written, and gives every byte back', () => {
    const files = { secret: secret(), worker: worker('authentik') };
    const edit = at('externalSecret', files);
    const after = textOf(edit.add(files.secret));
    expect(after.startsWith(files.secret)).toBe(true);
    expect(after).toContain('secretKey: zot-client-secret');
    expect(edit.remove(after)).toMatchObject({ kind: 'changed', text: files.secret });
  });

  it('is read live as it arrives', async () => {
    const plain = shortFiles();
    const authentik = { ...plain.authentik, deployBy: 'external' as const };
    const installation = { ...plain, gitops: { ...plain.gitops, substitute: values }, authentik };
    const git = { readFile: async () => worker('${SECRET}') };
    const found = JSON.stringify(await manifestAt({ installation, git }, 'head', 'deployment'));
    expect(found).toContain('server:2026.5');
    expect(found).not.toContain('${');
  });
});
