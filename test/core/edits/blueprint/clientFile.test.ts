import { expect, it } from 'vitest';
import { renderBlueprint } from '../../../../core/authentik/renderBlueprint.ts';
import { restoreClientFile, updateClientFile } from '../../../../core/edits/blueprint/clientFile.ts';
import type { ClientSection } from '../../../../core/edits/blueprint/clientSection.ts';
import { checkRegistration } from '../../../../core/installation/readFiles.ts';
import type { RegistrationInput } from '../../../../core/registration/registration.ts';
import { resolveNames } from '../../../../core/names/names.ts';
import { shortFiles, zotRegistration } from '../../../fixtures/zot.ts';

function wanted(spec: Partial<RegistrationInput['spec']> = {}): ClientSection {
  const registration = checkRegistration({ ...zotRegistration, spec: { ...zotRegistration.spec, ...spec } }, 'test');
  const installation = shortFiles();
  const names = resolveNames(registration, installation);
  const { text } = renderBlueprint({ registration, installation, names, authentikVersion: '2026.5.0' });
  return { name: 'blueprints', key: names.blueprintKey, value: text, described: false };
}

const before = `# by hand\n${wanted().value}# the end\n`;
const { redirectUris } = zotRegistration.spec;
const more = wanted({ redirectUris: [...redirectUris, 'https://two.example.test/cb'] });

it('changes what differs, keeps comments, and puts every byte back', () => {
  const outcome = updateClientFile(before, more);
  const after = outcome.kind === 'changed' ? outcome.text : '';
  expect(after).toMatch(/^# by hand\n[^]*two\.example\.test[^]*# the end\n$/);
  expect(restoreClientFile(after, before, more)).toMatchObject({ kind: 'changed', text: before });
  expect(restoreClientFile(before, before, more)).toEqual({ kind: 'alreadyThere', text: before });
});

it('keeps a comment that came in since, and a change of others', () => {
  const outcome = updateClientFile(before, more);
  const after = outcome.kind === 'changed' ? outcome.text : '';
  expect(restoreClientFile(`# since\n${after}`, before, more)).toMatchObject({
    kind: 'changed',
    text: `# since\n${before}`,
  });
  const others = after.replace('two.example', 'three.example');
  expect(restoreClientFile(others, before, more)).toMatchObject({ kind: 'different', found: others });
});

it('is refused for another client, and for the line breaks of Windows', () => {
  const other = before.replaceAll('client_id: zot', 'client_id: other');
  expect(updateClientFile(other, more)).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('client id "other", not "zot"') as string,
  });
  expect(updateClientFile(before.replaceAll('\n', '\r\n'), more)).toMatchObject({
    kind: 'refused',
    reason: 'it has the line breaks of Windows',
  });
});
