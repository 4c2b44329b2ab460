import { describe, expect, it } from 'vitest';
import { RegistrarError } from '../../../core/base/errors.ts';
import { planFileChanges } from '../../../core/changes/fileChanges.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { shortFiles, zotRegistration } from '../../fixtures/zot.ts';
import { rendered, written } from '../edits/blueprint/rendered.ts';

const registration = checkRegistration(
  { ...zotRegistration, spec: { ...zotRegistration.spec, consumers: [] } },
  'test',
);
const installation = shortFiles();

/** What a plan says of a client whose section stands like that. */
function refusalOf(section: string): unknown {
  const indented = section.replaceAll(/^(?=.)/gm, '    ');
  const manifest = `kind: ConfigMap\nmetadata: {name: blueprints}\ndata:\n  zot.yaml: |\n${indented}`;
  try {
    planFileChanges({
      registration,
      installation,
      names: resolveNames(registration, installation),
      blueprintText: rendered(),
      steps: ['syncBlueprint'],
      read: (path) => (path === installation.authentik.blueprints.file ? manifest : 'kind: Deployment\n'),
      updates: (entry) => entry === 'configMap',
    });
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a section that cannot be told from what is asked for', () => {
  it.each([
    [
      'a tag',
      'meta_launch_url: https://registry.example.test',
      'meta_launch_url: !Env URL',
      'meta_launch_url of its entry of model authentik_core.application is !Env URL',
    ],
    [
      'a mapping of no known scope',
      '[scope_name, openid]',
      '[name, mine]',
      'property_mappings of its entry of model authentik_providers_oauth2.oauth2provider hold !Find',
    ],
    [
      'who it is of',
      'slug: zot\n    attrs',
      'slug: !Env SLUG\n    attrs',
      'slug of its entry of model authentik_core.application is !Env SLUG',
    ],
    [
      'what it deletes',
      'model: authentik_core.application\n',
      'model: authentik_core.application\n    state: absent\n',
      'its entry of model authentik_core.application with state: absent',
    ],
    [
      'a condition',
      'model: authentik_core.application\n',
      'model: authentik_core.application\n    conditions: [false]\n',
      'its entry of model authentik_core.application has conditions',
    ],
  ])('is refused in one sentence of file, section, entry and field: %s', (_what, from, to, sentence) => {
    // A slug stands in two places; the second one is not what an entry is found by.
    const error = refusalOf(written(rendered(), from, to).replace('slug: zot\n      provider', 'provider'));
    expect(error).toBeInstanceOf(RegistrarError);
    const { message } = error as RegistrarError;
    expect(message.split('\n').filter((line) => line.includes('zot.yaml'))).toEqual([
      expect.stringContaining(`blueprints.yaml: section zot.yaml: ${sentence}`),
    ]);
    expect(message).not.toContain('version: 1');
  });
});
