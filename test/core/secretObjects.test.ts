import { describe, expect, it } from 'vitest';
import { filePlan } from '../../client/filePlan.ts';
import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { SECRET_DIALECTS, secretModel } from '../../core/authentik/secretDialects.ts';
import { newSecretName } from '../../core/authentik/secretObject.ts';
import { differencesOf, wantedState } from '../../core/authentik/wantedState.ts';
import { clientParts } from '../../core/edits/blueprint/clientParts.ts';
import {
  addClientSection,
  removeClientSection,
  restoreClientSection,
  updateClientSection,
} from '../../core/edits/blueprint/clientSection.ts';
import { sectionIn } from '../../core/edits/kubernetes/mapSection.ts';
import { PROVIDER, keyOfNamed } from '../../core/edits/blueprint/models.ts';
import { sameSection } from '../../core/edits/blueprint/sameSection.ts';
import { scopeFor } from '../../core/edits/blueprint/scopedSection.ts';
import { secretNameOf } from '../../core/edits/blueprint/sectionFacts.ts';
import { importClient } from '../../core/import/importClient.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { resolveNames } from '../../core/names/names.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { textsOf } from '../fixtures/texts.ts';

const { files: FILES, installation: given } = await sampleLayout('manual');
const INSTALLATION = installationSchema.parse({
  ...given,
  authentik: { ...given.authentik, allowVersions: ['2026.11'] },
});
const { blueprints } = INSTALLATION.authentik;
const registration = checkRegistration(clientNamed('tool'), 'test');
const names = resolveNames(registration, INSTALLATION);
const scope = scopeFor(names, registration);

type Dialect = (typeof SECRET_DIALECTS)[number];
const rendered = (dialect?: Dialect, name = newSecretName(registration, INSTALLATION)) =>
  renderBlueprint({
    registration,
    installation: INSTALLATION,
    names,
    authentikVersion: dialect === undefined ? '2026.8.7' : '2026.11.0',
    secretObject: dialect && { dialect, name },
  });

/** The ConfigMap of the sample, with a section for the client. */
const mapWith = (text: string): string => {
  const outcome = addClientSection(FILES[blueprints.file] ?? '', { ...wanted(text) });
  if (outcome.kind !== 'changed') throw new Error(outcome.kind);
  return outcome.text;
};
const wanted = (value: string) => ({
  name: blueprints.configMap,
  key: names.blueprintKey,
  value,
  described: false,
  client: 'tool',
});
const textOf = (outcome: { readonly kind: string; readonly text?: string }): string => {
  expect(outcome.kind).toBe('changed');
  return outcome.text ?? '';
};
const OLD = rendered().text;

describe.each(SECRET_DIALECTS)('a secret as an object of $app', (dialect) => {
  const { text, warnings } = rendered(dialect);
  const model = secretModel(dialect);

  it('stands above the provider, which refers to it', () => {
    expect(text).toContain(
      [
        `  - model: ${model}`,
        '    id: tool-secret',
        '    identifiers:',
        '      name: tool client secret',
        '    attrs:',
        '      name: tool client secret',
        '      type: text',
        `      value: !Env ${names.envVar}`,
      ].join('\n'),
    );
    expect(text).toContain(`      ${dialect.reference}: !KeyOf tool-secret\n`);
    expect(text.indexOf(model)).toBeLessThan(text.indexOf(PROVIDER));
    expect(text).not.toContain('client_secret:');
    expect(warnings.join('\n')).toContain('was run against a stand-in alone');
  });

  it('is refused, whatever the number, unless the release is allowed', () => {
    const installation = installationSchema.parse(given);
    for (const authentikVersion of ['2026.8.7', '2026.11.0'])
      expect(() =>
        renderBlueprint({ registration, installation, names, authentikVersion, secretObject: { dialect, name: 'x' } }),
      ).toThrow(
        expect.objectContaining({
          message: expect.stringContaining(`(field ${dialect.reference} of a provider)`) as string,
          remedy: expect.stringContaining(`allowVersions: ["${authentikVersion.slice(0, -2)}"]`) as string,
        }),
      );
  });

  it('takes the place of a secret that stands as text, and gives it back to the byte', () => {
    const before = mapWith(OLD);
    const after = textOf(updateClientSection(before, wanted(text)));
    const section = sectionIn(after, wanted(text)) ?? '';
    expect(section).not.toContain('client_secret:');
    expect(sameSection(section, text, wanted(text))).toBe(true);
    expect(sameSection(section, OLD, wanted(OLD))).toBe(false);
    expect(textOf(restoreClientSection(after, before, wanted(text)))).toBe(before);
  });

  it('goes with its client, and an object of others beside it stays', () => {
    expect(textOf(removeClientSection(mapWith(text), wanted(text)))).toBe(FILES[blueprints.file]);
    const others = `entries:
  - model: ${model}
    identifiers:
      name: of others
    attrs:
      value: !Env OF_OTHERS
`;
    const both = mapWith(text.replace('entries:\n', others));
    const left = sectionIn(textOf(removeClientSection(both, wanted(text))), wanted(text)) ?? '';
    expect(left).toContain('name: of others');
    expect(left).not.toContain('tool client secret');
    const told = sectionIn(both, wanted(text)) ?? '';
    expect(sameSection(told, text, wanted(text)), 'it is none of the client’s matter').toBe(true);
  });

  it('stays while another provider of the section refers to it', () => {
    const foreign = `  - model: ${PROVIDER}
    identifiers:
      name: Other
    attrs:
      client_id: other
      ${dialect.reference}: !Find [${model}, [name, tool client secret]]
`;
    const both = mapWith(`${text}\n${foreign}`);
    const left = sectionIn(textOf(removeClientSection(both, wanted(text))), wanted(text)) ?? '';
    expect(left).toContain(`- model: ${model}`);
    expect(left).not.toContain('tool-provider');
  });

  it('keeps the name that people gave it, whichever way the provider refers to it', () => {
    const byHand = rendered(dialect, 'Tool by hand').text;
    const found = byHand.replace('!KeyOf tool-secret', `!Find [${model}, [name, Tool by hand]]`);
    for (const each of [byHand, found]) expect(secretNameOf(each, scope, dialect)).toBe('Tool by hand');
    expect(sameSection(found, byHand, wanted(byHand))).toBe(true);
    expect(secretNameOf(OLD, scope, dialect)).toBeUndefined();
  });

  it('stands in the section of the provider, where the application has another', () => {
    const provider = { blueprintKey: 'p.yaml', blueprintName: 'p', blueprintPath: 'custom/p.yaml' };
    const entries = [keyOfNamed(PROVIDER, names.providerName)];
    const parts = clientParts(text, { ...names, further: [{ ...provider, entries, first: true }] });
    expect(parts.map((part) => part.text.includes(model))).toEqual([true, false]);
    expect(parts[0]?.text).toContain(`${dialect.reference}: !KeyOf tool-secret`);
  });

  it('is read back by its name', () => {
    const state = wantedState(registration, INSTALLATION, names, 'any', { dialect, name: 'ours' });
    expect(state.provider.secret).toBe('ours');
    const found = (secret: string | null | undefined) => ({ ...state, provider: { ...state.provider, secret } });
    expect(differencesOf(state, found('ours'))).toEqual([]);
    for (const secret of ['another', null, undefined])
      expect(differencesOf(state, found(secret)).map(({ what }) => what)).toEqual([
        `the provider's client secret object is ${secret === undefined ? 'not told by Authentik' : JSON.stringify(secret)}, not "ours"`,
      ]);
  });

  it('is followed by an import', async () => {
    const files = await planned(FILES, '2026.8');
    const standing: typeof files = { ...files, [blueprints.file]: mapWith(text) };
    const [there, before] = [standing, files].map((all) => {
      const read = (path: string) => all[path];
      return importClient({ client: 'tool', installation: INSTALLATION, paths: Object.keys(all), read }).registration;
    });
    expect(there).toEqual(before);
  });
});

/** The files as an offline plan leaves them. */
async function planned(files: Readonly<Record<string, string>>, authentik?: string) {
  const { files: changed } = await filePlan({
    registration,
    installation: INSTALLATION,
    files: textsOf({ ...files }),
    authentik,
  });
  return { ...files, ...Object.fromEntries(changed.map(({ path, after = '' }) => [path, after])) };
}

describe('a plan without Authentik', () => {
  const [newest] = SECRET_DIALECTS;

  it('writes an object for the release that may have such, and leaves one that stands', async () => {
    expect((await planned(FILES))[blueprints.file]).toContain('client_secret: !Env');
    const after = await planned(FILES, '2026.11');
    expect(after[blueprints.file]).toContain(`${newest?.reference}: !KeyOf tool-secret`);
    expect(await planned(after)).toEqual(after);
  });
});
