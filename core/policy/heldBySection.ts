import { listOf } from '../base/own.ts';
import { ownSection, type Scope, type SectionTexts } from '../edits/blueprint/scopedSection.ts';
import { APPLICATION, BINDING, GROUP, isForCodes, PROVIDER } from '../edits/blueprint/models.ts';
import { clientIdVarOf, engineModeOf, envVarOf } from '../edits/blueprint/sectionFacts.ts';
import { mappingNamed, scopeOf, textOf } from '../edits/blueprint/sectionValues.ts';
import { MODEL_OF, sectionValue } from '../edits/blueprint/furtherValues.ts';
import { boundIn, endIn } from '../edits/blueprint/boundIn.ts';
import { boundLabel } from '../registration/boundTo.ts';
import { FURTHER_FIELDS } from '../registration/furtherFields.ts';
import { judgedScope, placeOf } from './furtherFields.ts';
import type { Held } from './standing.ts';

const NOTHING: Held = { redirectUris: [], bound: undefined, groups: [] };

/** What a client's sections give people already, where Authentik is not asked; nothing where it cannot be read. Pure. */
export function heldBySection(texts: SectionTexts, scope: Scope): Held {
  const section = ownSection(texts, scope);
  if (section === undefined) return NOTHING;
  const of = (model: string) => section.entries.filter((entry) => entry.model === model).map(({ values }) => values);
  return {
    redirectUris: of(PROVIDER).flatMap(({ redirect_uris: uris }) =>
      Array.isArray(uris) ? uris.flatMap(redirectUri) : [],
    ),
    bound: of(APPLICATION).length === 0 ? undefined : of(BINDING).map(nameOf),
    bindings: of(BINDING).map((values) => ({
      order: Number(values['order']),
      group: nameOf(values),
      until: endIn(values),
    })),
    groups: of(GROUP).flatMap(({ name }) => textOf(name) ?? []),
    mode: engineModeOf(texts, scope),
    clientType: of(PROVIDER).map(({ client_type: type }) => textOf(type) ?? 'confidential')[0],
    envVar: envVarOf(section),
    clientIdVar: clientIdVarOf(section),
    mappings: of(PROVIDER).flatMap((values) =>
      listOf(values['property_mappings']).flatMap((each) => {
        const scope = scopeOf(each);
        return scope === undefined ? (mappingNamed(each) ?? []) : (judgedScope(scope)?.key ?? []);
      }),
    ),
    grants: of(PROVIDER).flatMap(({ grant_types: grants }) => listOf(grants).flatMap((each) => textOf(each) ?? [])),
    fields: Object.fromEntries(
      FURTHER_FIELDS.flatMap((row) =>
        of(MODEL_OF[row.block]).map((values) => [placeOf(row), sectionValue(row, values)]),
      ),
    ),
  };
}

function redirectUri(uri: unknown): Held['redirectUris'] {
  const {
    matching_mode: matchingMode,
    url,
    redirect_uri_type: type,
  } = (uri ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof matchingMode !== 'string' || typeof url !== 'string') return [];
  return [{ matchingMode, url, ...(isForCodes(type) ? {} : { type: String(type) }) }];
}

/** What a binding lets in, as one text; nobody's name where it lets in none of them, or the file does not tell whom. */
function nameOf(values: Readonly<Record<string, unknown>>): string {
  const bound = boundIn(values);
  return bound === undefined ? '' : boundLabel(bound);
}
