import { readSection } from '../edits/blueprint/blueprintSection.ts';
import { BINDING } from '../edits/blueprint/models.ts';
import { undefinedIfUneditable } from '../edits/yaml/yamlDocument.ts';
import type { Registration } from '../registration/registration.ts';
import type { BindingData } from '../authentik/bindings.ts';
import { type FoundState, modeAskedBy, SAME_FOR_ALL, type WantedState } from '../authentik/wantedState.ts';
import { SIGNED_ANEW } from './signing.ts';

/**
 * Values that people have in Authentik and a change replaces although no word of the registration asks for that:
 * registrar.yaml does, or every client of the job is so. `registered` is what it was registered with. A sentence each. What
 * Authentik does not tell is not known to change. Pure.
 */
export function unaskedChanges(
  wanted: WantedState,
  found: FoundState,
  registration: Registration,
  registered?: Registration,
): readonly string[] {
  const changed = (what: string, from: unknown, to: unknown): readonly string[] =>
    from === undefined || JSON.stringify(from) === JSON.stringify(to) ? [] : [unasked(what, from, to)];
  const { provider, application } = found;
  const { spec } = registration;
  return [
    ...SAME_FOR_ALL.filter((field) => !namesSetting(field, spec, registered)).flatMap((field) =>
      changed(`the provider's ${field}`, provider?.[field], wanted.provider[field]).map((line) =>
        field === 'signingKey' && provider?.[field] === null ? `${line}: ${SIGNED_ANEW}` : line,
      ),
    ),
    ...([spec, registered?.spec].some((each) => each?.provider?.grantTypes !== undefined)
      ? []
      : changed(
          "the provider's grant types",
          provider?.grantTypes?.toSorted(),
          (wanted.provider.grantTypes ?? []).toSorted(),
        )),
    ...(modeAskedBy(registration) === undefined
      ? changed(
          "the application's policyEngineMode",
          application?.policyEngineMode,
          wanted.application.policyEngineMode,
        )
      : []),
    // A launch page that an earlier registration asked for goes with its word.
    ...(spec.launchUrl === undefined && registered?.spec.launchUrl === undefined
      ? changed("the application's launchUrl", application?.launchUrl, wanted.application.launchUrl)
      : []),
    ...wanted.bindings.flatMap(({ order, group, enabled, negate }) => {
      const binding = found.bindings.find((each) => each.order === order && each.group === group);
      const what = (field: string): string => `${field} of the binding of group "${group}"`;
      return [
        ...changed(what('enabled'), binding?.enabled, enabled),
        ...changed(what('negate'), binding?.negate, negate),
      ];
    }),
    ...wanted.users.flatMap(({ username, type, isActive }) => {
      const user = found.users.find((each) => each.username === username);
      const what = (field: string): string => `${field} of service account "${username}"`;
      return [...changed(what('type'), user?.type, type), ...changed(what('isActive'), user?.isActive, isActive)];
    }),
  ];
}

/** Whether the registration says what every client has a setting of; a client type also where it takes one back. */
function namesSetting(
  field: (typeof SAME_FOR_ALL)[number],
  { provider, clientType }: Registration['spec'],
  registered: Registration | undefined,
): boolean {
  if (field === 'clientType') return clientType !== undefined || registered?.spec.clientType !== undefined;
  return provider?.[field] !== undefined || registered?.spec.provider?.[field] !== undefined;
}

/**
 * Unasked changes of what the client's section in Git says and no registration can: a binding that lets people in where
 * Authentik fails to ask. `before` are its sections as they stand and `after` as the change leaves them; what cannot be read is
 * refused elsewhere. Pure.
 */
export function unaskedOfSection(before: readonly string[], after: readonly string[]): readonly string[] {
  const passing = (sections: readonly string[]): readonly string[] =>
    sections
      .flatMap((section) => readSection(section).entries)
      .filter(({ model, values }) => model === BINDING && values['failure_result'] === true)
      .map(({ values }) => JSON.stringify(values['order']));
  const gone = undefinedIfUneditable(() => {
    const kept = new Set(passing(after));
    return passing(before).filter((order) => !kept.has(order));
  });
  return (gone ?? []).map((order) => unasked(`failure_result of the binding of order ${order}`, true, false));
}

function unasked(what: string, from: unknown, to: unknown): string {
  return `changes ${what} from ${JSON.stringify(from)} to ${JSON.stringify(to)}, which the registration does not ask for`;
}

/** Settings of an application that people have made, which are kept though the registration does not name them. */
export function keptWarnings(
  wanted: WantedState,
  registration: Registration,
  found?: Pick<FoundState, 'bindings'>,
): readonly string[] {
  return [...keptMode(wanted, registration), ...keptEnds(wanted, found?.bindings ?? [])];
}

function keptEnds({ bindings }: WantedState, found: readonly BindingData[]): readonly string[] {
  return bindings.flatMap(({ order, group, until }) => {
    const end = found.find((each) => each.order === order && each.group === group)?.until;
    if (until !== undefined || typeof end !== 'string') return [];
    return [
      `access of ${group} ends on ${end}, which the registration does not say and a run leaves so; write that, or "never", under spec.access.until`,
    ];
  });
}

function keptMode({ application, bindings }: WantedState, registration: Registration): readonly string[] {
  if (modeAskedBy(registration) !== undefined || application.policyEngineMode !== 'all' || bindings.length < 2)
    return [];
  const groups = bindings.map(({ group }) => group).join(', ');
  return [
    `keeps policy_engine_mode "all" of application ${application.slug}: only who is in every one of ${groups} may sign in; write "mode: all" under spec.access to have it said, or "mode: any" to change it`,
  ];
}
