import { outlasts } from '../authentik/endOfAccess.ts';
import type { StandingBinding } from '../authentik/movedEnds.ts';
import { clientTypeOf, modeAskedBy } from '../authentik/wantedState.ts';
import { editOf, sectionKind } from '../changes/entry.ts';
import { extraFilePaths } from '../changes/extraFiles.ts';
import { writtenConsumers } from '../consumers/consumersOf.ts';
import { boundBy, boundLabel } from '../registration/boundTo.ts';
import type { FieldValue } from '../registration/furtherFields.ts';
import { type RedirectUri, uriKey } from '../registration/redirectUri.ts';
import type { Registration } from '../registration/registration.ts';
import type { PlannedEdit } from '../changes/plannedEdit.ts';
import type { Standing } from './judge.ts';
import { judgedMappings, standingFields, takenAway } from './furtherFields.ts';
import { widens } from './widening.ts';

/** What Authentik holds of a client, as far as the policy asks. */
export interface Held {
  readonly redirectUris: readonly RedirectUri[];
  /** Names of the groups that are bound to the application; undefined where there is none. */
  readonly bound: readonly string[] | undefined;
  readonly groups: readonly string[];
  /** Bindings of the application that let somebody in, each with its end. */
  readonly bindings?: readonly StandingBinding[];
  /** The engine mode of its application; undefined where there is none, or nothing says it. */
  readonly mode?: string | undefined;
  /** Whether its provider is confidential or public; undefined where there is none. */
  readonly clientType?: string | undefined;
  /** Variable that its section reads the secret from. */
  readonly envVar?: string | undefined;
  /** Variable that its section takes the client id from. */
  readonly clientIdVar?: string | undefined;
  /** What its section says of further fields, by `placeOf`. */
  readonly fields?: Readonly<Record<string, FieldValue | undefined>>;
  /** Scope mappings of its section that are judged, by `JudgedMapping.key`. */
  readonly mappings?: readonly string[];
  /** Grant types that its section names. */
  readonly grants?: readonly string[];
}

/** Of what a registration asks for, that which stands already: all that its section asks, where that says the same. Pure. */
export function standingOf(
  registration: Registration,
  edits: readonly Pick<PlannedEdit, 'entry' | 'path' | 'kind'>[],
  {
    redirectUris,
    bound,
    bindings = [],
    groups,
    mode,
    envVar,
    clientIdVar,
    clientType,
    fields,
    mappings = [],
    grants = [],
  }: Held,
): Standing {
  const { spec } = registration;
  const asAsked = sectionKind(edits) === 'alreadyThere';
  const held = new Set(redirectUris.map((uri) => uriKey(uri)));
  const asked = boundBy(spec.access).map(boundLabel);
  // Of several groups that all were asked for none has let anybody in by itself.
  const named = judgedMappings(registration)
    .map(({ key }) => key)
    .filter((key) => asAsked || mappings.includes(key));
  const granted = (spec.provider?.grantTypes ?? []).filter((grant) => asAsked || grants.includes(grant));
  const further = standingFields(registration, asAsked, fields);
  const taken = asAsked ? {} : takenAway(registration, fields);
  const wider = widens({ mode, groups: bound ?? [] }, { mode: modeAskedBy(registration) ?? mode, groups: asked });
  return {
    redirectUris: spec.redirectUris.map((uri) => uriKey(uri)).filter((uri) => asAsked || held.has(uri)),
    bound: asked.filter(
      (name) => asAsked || (!wider && bound?.includes(name) === true && !outlasts(spec.access, name, bindings)),
    ),
    everyone: asAsked || bound?.length === 0,
    ...(asAsked || (bindings.length > 0 && bindings.every(({ until }) => until !== null)) ? { allEnd: true } : {}),
    ...typeOf(asAsked ? clientTypeOf(registration) : clientType),
    groups: spec.groups.map(({ name }) => name).filter((name) => asAsked || groups.includes(name)),
    ...(further.length === 0 ? {} : { fields: further }),
    ...(Object.keys(taken).length === 0 ? {} : { taken }),
    ...(named.length === 0 ? {} : { mappings: named }),
    ...(granted.length === 0 ? {} : { grants: granted }),
    consumers: consumersAsAsked(registration, edits, asAsked),
    names: [
      ...(asAsked || envVar === spec.envVar ? (['envVar'] as const) : []),
      ...(asAsked || isVariable(spec.clientId, clientIdVar) ? (['clientId'] as const) : []),
      ...(editOf(edits, 'externalSecret')?.kind === 'alreadyThere' ? (['secretKey'] as const) : []),
    ],
    // A file that is no edit any more was made, and taken up by the repository's own rules.
    files: extraFilePaths(registration).filter(
      (path) => !edits.some((edit) => edit.path === path && edit.kind === 'created'),
    ),
  };
}

function typeOf(clientType: string | undefined): Pick<Standing, 'clientType'> {
  return clientType === undefined ? {} : { clientType };
}

function isVariable(asked: Registration['spec']['clientId'], variable: string | undefined): boolean {
  return typeof asked === 'object' && asked.envVar === variable;
}

/**
 * Consumers by their place in the registration, of which every entry stands. One that people configure has none: it stands as long as
 * the client does.
 */
function consumersAsAsked(
  registration: Registration,
  edits: readonly Pick<PlannedEdit, 'entry' | 'kind'>[],
  registered: boolean,
): readonly number[] {
  const written = new Map(writtenConsumers(registration).map((each) => [each.index, each]));
  return registration.spec.consumers.flatMap((_, index) => {
    const own = written.get(index);
    if (own === undefined) return registered ? [index] : [];
    const entries = own.written.entries.flatMap((place) => editOf(edits, own.entry(place)) ?? []);
    return entries.length > 0 && entries.every(({ kind }) => kind === 'alreadyThere') ? [index] : [];
  });
}
