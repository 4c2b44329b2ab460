import { expect, it } from 'vitest';
import { renderBlueprint } from '../../../core/authentik/renderBlueprint.ts';
import { planFileChanges } from '../../../core/changes/fileChanges.ts';
import { importClient } from '../../../core/import/importClient.ts';
import { installationSchema, type Installation } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import type { RegistrationInput } from '../../../core/registration/registration.ts';
import { sampleLayout } from '../../../sandbox/world/layout.ts';
import { clientNamed } from '../../fixtures/clients.ts';

const { files, installation } = await sampleLayout('manual');
const naming = { ...installation.naming, vaultField: 'client-secret', secretKey: '{name}-key' };
const { itemId: _id, itemTitle: _title, ...vault } = installation.vault;
const one = installationSchema.parse({ ...installation, naming });
const each = installationSchema.parse({ ...installation, naming, vault: { ...vault, item: 'oidc-{name}' } });

/** What a plan of a registration would change of the files, as texts. */
function planned(asked: RegistrationInput, settings: Installation, texts: Readonly<Record<string, string>>) {
  const registration = checkRegistration(asked, 'test');
  const names = resolveNames(registration, settings);
  const { text } = renderBlueprint({ registration, installation: settings, names, authentikVersion: '2026.5.0' });
  const steps = ['patchExternalSecret', 'syncBlueprint', 'renderAnsibleFiles', 'deliverToConsumers'] as const;
  const input = { registration, installation: settings, names, blueprintText: text, steps };
  return planFileChanges({ ...input, read: (path) => texts[path] });
}

it.each([
  ['that the pattern gives', each, {}, undefined],
  [
    'that the pattern does not give',
    each,
    { vaultItem: 'Tool OIDC' },
    'vault of registrar.yaml names item "oidc-{name}"',
  ],
  ['beside one for all', one, { vaultItem: 'Tool OIDC' }, 'vault of registrar.yaml names item "Authentik (orchard)"'],
] as const)(
  'an item of its own %s is read from the ExternalSecret, and the plan is empty',
  (_what, settings, spec, told) => {
    const tool = clientNamed('tool');
    const asked = { ...tool, spec: { ...tool.spec, ...spec } };
    const after: Record<string, string> = { ...files };
    for (const { path, after: text } of planned(asked, settings, after)) after[path] = text;

    const read = (path: string): string | undefined => after[path];
    const { registration, notes } = importClient({
      client: 'tool',
      installation: settings,
      paths: Object.keys(after),
      read,
    });

    expect(registration.spec.vaultItem).toBe('vaultItem' in spec ? spec.vaultItem : undefined);
    expect(registration.spec.vaultField).toBeUndefined();
    // Its playbook reads the same field of the same item.
    expect(registration.spec.consumers).toHaveLength(1);
    const note = notes.filter((line) => line.includes('its secret is in item'));
    expect(note).toEqual(told === undefined ? [] : [expect.stringContaining(told)]);
    expect(planned(registration, settings, after).filter(({ kind }) => kind !== 'alreadyThere')).toEqual([]);
  },
);
