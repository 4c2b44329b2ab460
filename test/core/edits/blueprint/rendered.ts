import { renderBlueprint } from '../../../../core/authentik/renderBlueprint.ts';
import { installationSchema } from '../../../../core/installation/installation.ts';
import { checkRegistration } from '../../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../../core/names/names.ts';
import type { RegistrationInput } from '../../../../core/registration/registration.ts';
import { caseInstallation, zotRegistration } from '../../../fixtures/zot.ts';

/** The blueprint of the client of the fixtures, with other words in its registration. */
export function rendered(spec: Partial<RegistrationInput['spec']> = {}): string {
  const registration = checkRegistration({ ...zotRegistration, spec: { ...zotRegistration.spec, ...spec } }, 'test');
  const installation = installationSchema.parse(caseInstallation);
  const names = resolveNames(registration, installation);
  return renderBlueprint({ registration, installation, names, authentikVersion: '2026.5.0' }).text;
}

/** A text with one part of it written in another way; the part must be there. */
export function written(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`no ${from} in:\n${text}`);
  return text.replace(from, () => to);
}

/** Lines of one text that the other one does not have. */
export function linesOnlyIn(one: string, other: string): readonly string[] {
  const lines = other.split('\n');
  return one.split('\n').filter((line) => !lines.includes(line));
}
