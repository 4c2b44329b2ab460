import { readSection } from '../edits/blueprint/blueprintSection.ts';
import { APPLICATION, BINDING, GROUP, PROVIDER, USER } from '../edits/blueprint/models.ts';
import { secretValue } from '../edits/blueprint/sectionFacts.ts';
import { sameData } from '../edits/yaml/sameData.ts';

export type Values = Readonly<Record<string, unknown>>;

/** The entries of one client, out of sections that may hold others. */
export interface ClientEntries {
  readonly provider: Values;
  /** What the provider's secret is written as, with it or in the entry that makes what keeps it; undefined where it is not. */
  readonly secret?: unknown;
  readonly application: Values;
  readonly bindings: readonly Values[];
  readonly groups: readonly Values[];
  readonly users: readonly Values[];
  /** The description of the first section, where that is the client's alone. */
  readonly description: string | undefined;
}

/** Throws `CannotEdit` on a section that no client without a refusal stands in. The first one makes its application. */
export function entriesOf(
  texts: readonly string[],
  { slug, providerName }: { readonly slug: string | undefined; readonly providerName: string | undefined },
): ClientEntries {
  const sections = texts.map((text) => readSection(text));
  const of = (model: string): readonly Values[] =>
    sections
      .flatMap(({ entries }) => entries)
      .flatMap(({ values, ...entry }) => (entry.model === model ? [values] : []));
  const bindings = of(BINDING).filter(({ target }) => sameData(target, { object: APPLICATION, name: slug }));
  const applications = of(APPLICATION);
  const isAlone = applications.length === 1 && of(PROVIDER).length <= 1 && of(BINDING).length === bindings.length;
  const groups = of(GROUP).filter(
    ({ name }) => isAlone || bindings.some(({ group }) => sameData(group, { object: GROUP, name })),
  );
  const provider = of(PROVIDER).find(({ name }) => name === providerName) ?? {};
  return {
    provider,
    secret: secretValue(
      sections.flatMap(({ entries }) => entries),
      provider,
    ),
    application: applications.find((each) => each['slug'] === slug) ?? {},
    bindings: bindings.toSorted((a, b) => Number(a['order']) - Number(b['order'])),
    groups,
    users: of(USER),
    description: isAlone ? sections[0]?.description : undefined,
  };
}
