import type { EngineMode } from '../../authentik/wantedState.ts';
import { undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import { readSection, type Section } from './blueprintSection.ts';
import { ownSection, type Scope } from './scopedSection.ts';
import { APPLICATION, PROVIDER } from './models.ts';
import { variableIn, withoutDefault } from './sectionValues.ts';

/** Values by which a section is one client's and no other's. */
export interface SectionIdentity {
  readonly slug: unknown;
  readonly providerName: unknown;
  readonly clientId: unknown;
}

/** Slug, provider name and client id of the one client that a section is of, or is looked at for. */
export function identityOf({ entries }: Section): SectionIdentity | undefined {
  const providers = entries.filter((entry) => entry.model === PROVIDER && entry.key !== undefined);
  const applications = entries.filter((entry) => entry.model === APPLICATION && entry.key !== undefined);
  const [provider, application] = [providers[0], applications[0]];
  if (provider === undefined || application === undefined || providers.length + applications.length > 2)
    return undefined;
  const { name, client_id: clientId } = provider.values;
  return { slug: application.values['slug'], providerName: name, clientId: withoutDefault(clientId) };
}

/** What a section reads its client secret from, as `variable X` or `file /x`; undefined where the secret itself stands there, or none. */
export function secretSourceOf(section: Section): string | undefined {
  const envVar = envVarOf(section);
  if (envVar !== undefined) return `variable ${envVar}`;
  const { tag, argument } = secretOf(section);
  return tag === '!File' && Array.isArray(argument) ? `file ${String(argument[0])}` : undefined;
}

/** The variable that a section reads its client secret from. */
export function envVarOf(section: Section): string | undefined {
  return variableIn(secretOf(section));
}

/** The variable that a section reads its client id from. */
export function clientIdVarOf(section: Section): string | undefined {
  return variableIn(valueOf(section, 'client_id'));
}

function secretOf(section: Section): Readonly<Record<string, unknown>> {
  return (valueOf(section, 'client_secret') ?? {}) as Readonly<Record<string, unknown>>;
}

function valueOf({ entries }: Section, field: string): unknown {
  return entries.find(({ model, key }) => model === PROVIDER && key !== undefined)?.values[field];
}

/** The engine mode that a section gives its application; undefined where it names none, or cannot be read. */
export function engineModeOf(text: string, scope: Scope): EngineMode | undefined {
  const section = ownSection(text, scope);
  const mode = section?.entries.find(({ model }) => model === APPLICATION)?.values['policy_engine_mode'];
  return mode === 'all' || mode === 'any' ? mode : undefined;
}

/** Keys of the groups and users that a blueprint marks where it makes them; none where it cannot be read. */
export function markedIn(text: string): ReadonlySet<string> {
  const entries = undefinedIfUneditable(() => readSection(text))?.entries ?? [];
  return new Set(entries.flatMap(({ mark, key }) => (mark === undefined || key === undefined ? [] : [key])));
}
