import { type SecretDialect, SECRET_DIALECTS, secretModel } from '../../authentik/secretDialects.ts';
import type { EngineMode } from '../../authentik/wantedState.ts';
import { sameData } from '../yaml/sameData.ts';
import { undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import { readSection, type Section } from './blueprintSection.ts';
import { ownSection, type Scope, type SectionTexts } from './scopedSection.ts';
import { APPLICATION, PROVIDER, SECRET_FIELDS } from './models.ts';
import type { SectionEntry } from './sectionEntries.ts';
import { textOf, variableIn, withoutDefault } from './sectionValues.ts';

/** Values by which a section is one client's and no other's. */
export interface SectionIdentity {
  readonly slug: unknown;
  readonly providerName: unknown;
  readonly clientId: unknown;
}

/** Slug, provider name and client id of the one client that a section is of, or is looked at for, as far as `models` stand there. */
export function identityOf(
  { entries }: Section,
  models: readonly string[] = CLIENT_MODELS,
): SectionIdentity | undefined {
  const of = (model: string) => entries.filter((entry) => entry.model === model && entry.key !== undefined);
  if (models.some((model) => of(model).length !== 1)) return undefined;
  const [provider, application] = CLIENT_MODELS.map((model) =>
    models.includes(model) ? of(model)[0]?.values : undefined,
  );
  return {
    slug: application?.['slug'],
    providerName: provider?.['name'],
    clientId: withoutDefault(provider?.['client_id']),
  };
}

/** What makes a client of a section's entries; it may ask for one of both there. */
export const CLIENT_MODELS: readonly string[] = [PROVIDER, APPLICATION];

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
  const provider = section.entries.find(({ model, key }) => model === PROVIDER && key !== undefined);
  return (secretValue(section.entries, provider?.values ?? {}) ?? {}) as Readonly<Record<string, unknown>>;
}

type Entries = readonly Pick<SectionEntry, 'model' | 'values'>[];

/** The object that keeps a provider's secret, by model and name, where one of these entries makes it. */
function secretMade(entries: Entries, provider: SectionEntry['values']): Entries[number] | undefined {
  const references = SECRET_FIELDS.map((field) => provider[field]);
  return entries.find(({ model, values: { name } }) =>
    references.some((reference) => sameData(reference, { object: model, name })),
  );
}

/** What a provider's secret is written as: with the provider, or in the entry that makes what keeps it. */
export function secretValue(entries: Entries, provider: SectionEntry['values']): unknown {
  const made = secretMade(entries, provider);
  const dialect = SECRET_DIALECTS.find((each) => secretModel(each) === made?.model);
  return made === undefined || dialect === undefined ? provider['client_secret'] : made.values[dialect.value];
}

function valueOf({ entries }: Section, field: string): unknown {
  return entries.find(({ model, key }) => model === PROVIDER && key !== undefined)?.values[field];
}

/** The engine mode that a section gives its application; undefined where it names none, or cannot be read. */
export function engineModeOf(texts: SectionTexts, scope: Scope): EngineMode | undefined {
  const section = ownSection(texts, scope);
  const mode = section?.entries.find(({ model }) => model === APPLICATION)?.values['policy_engine_mode'];
  return mode === 'all' || mode === 'any' ? mode : undefined;
}

/** Name of the object that keeps the client's secret, where one of its sections makes that; undefined where none does. */
export function secretNameOf(texts: SectionTexts, scope: Scope, dialect: SecretDialect): string | undefined {
  const entries = ownSection(texts, scope)?.entries ?? [];
  const provider = entries.find(({ model, key }) => model === PROVIDER && key !== undefined);
  const made = provider && secretMade(entries, provider.values);
  return made?.model === secretModel(dialect) ? textOf(made.values['name']) : undefined;
}

/** Keys of the groups and users that a blueprint marks where it makes them; none where it cannot be read. */
export function markedIn(text: string): ReadonlySet<string> {
  const entries = undefinedIfUneditable(() => readSection(text))?.entries ?? [];
  return new Set(entries.flatMap(({ mark, key }) => (mark === undefined || key === undefined ? [] : [key])));
}
