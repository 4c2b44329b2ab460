import { compareAuthentik } from '../../core/check/authentik.ts';
import type { CheckBasis, CheckReport, Seen } from '../../core/check/finding.ts';
import { RegistrarError, unlessRefused } from '../../core/base/errors.ts';
import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { endFindings } from '../../core/check/ends.ts';
import { policyFinding } from '../../core/check/policy.ts';
import { roleBreaches } from '../../core/policy/judge.ts';
import { differencesOf } from '../../core/authentik/wantedState.ts';
import type { SectionNames } from '../../core/names/names.ts';
import { readFound, readGroups } from '../state/authentikState.ts';
import { foreignIssuer } from '../state/issuer.ts';
import { hashesOf } from '../state/liveSection.ts';
import type { Deps } from '../deps.ts';
import { assertReads } from '../preflight/authentik.ts';
import { groupsWithRoles } from '../preflight/policy.ts';
import { temporalNow } from '../kit/temporalTime.ts';
import { Reading } from './reading.ts';

/** Authentik: the blueprint is applied, and provider, application, bindings, groups and service accounts are as asked. */
export async function checkAuthentik(deps: Deps, basis: CheckBasis): Promise<CheckReport> {
  const reading = new Reading();
  await reading.of(() => look(deps, basis));
  return reading.result();
}

async function look(deps: Deps, basis: CheckBasis): Promise<CheckReport> {
  const { client, names } = basis;
  const unknown = basis.blueprint === undefined ? await whyNotRendered(deps, basis) : undefined;
  const texts = [basis.blueprint?.text, ...(basis.blueprint?.further ?? []).map(({ text }) => text)];
  const sections = await Promise.all(
    [names, ...(names.further ?? [])].map((section, i) => readInstances(deps, names, section, texts[i])),
  );
  for (const { rights } of sections) assertReads(rights);
  const broken = await deps.authentik.discoveryWarnings();
  const found = await readFound(deps, basis);
  const issuer = await foreignIssuer(deps, names);
  const all = sections.map(({ path, instances, rights }, i) =>
    compareAuthentik({
      client,
      path,
      instances,
      differences: i === 0 ? differencesOf(basis.wanted, found) : [],
      mayApply: rights.apply !== 'none',
      present: found.application !== undefined || found.provider !== undefined,
    }),
  );
  const facts = { present: all.some(({ present }) => present), findings: all.flatMap(({ findings }) => findings) };
  const drift = (what: string, remedy: string): Seen => ({ system: 'Authentik', severity: 'drift', what, remedy });
  return {
    ...facts,
    findings: [
      ...(unknown === undefined ? [] : [drift(unknown.message, unknown.remedy)]),
      ...(broken === undefined || broken.length === 0
        ? []
        : [
            drift(`discovery of blueprints is broken: ${broken.join(' / ')}`, 'Mend or remove the file that it names.'),
          ]),
      ...facts.findings,
      ...(issuer === undefined ? [] : [{ system: 'Authentik', severity: 'notice', ...issuer } as const]),
      ...endFindings(basis.wanted, found.bindings, temporalNow()),
      ...(facts.present ? await roleFindings(deps, basis) : []),
    ],
  };
}

/** What Authentik has of one section of the client's, whether that is of its text, and what the token may do to it. */
async function readInstances(
  deps: Deps,
  names: CheckBasis['names'],
  { blueprintPath: path }: SectionNames,
  text?: string,
) {
  const found = await permitted(deps, () => deps.authentik.instancesByPath(path));
  const rights = await deps.authentik.permissions(found[0]?.pk);
  const instances = await Promise.all(
    found.map(async ({ path: at, enabled, status, lastAppliedHash: hash }) => {
      // Undefined, too, where a text reads the client's values from files and the vault cannot be read: the look at it says so.
      const applied = text === undefined ? undefined : await unlessRefused(() => hashesOf(deps, { names }, text)(hash));
      return { path: at, enabled, status, applied };
    }),
  );
  return { path, instances, rights };
}

/** Of what the token may not read the missing permissions are told, where Authentik tells them: its refusal names none. */
async function permitted<T>(deps: Deps, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RegistrarError && error.kind === 'Unauthorized')
      assertReads(await deps.authentik.permissions(undefined));
    throw error;
  }
}

/** Roles that people have given a group of the client's since, or that it was allowed to have. */
async function roleFindings(deps: Deps, { registration }: CheckBasis): Promise<readonly Seen[]> {
  const withRoles = groupsWithRoles(registration, await readGroups(deps, registration));
  return roleBreaches(registration, deps.installation.policy, { withRoles }).map(policyFinding);
}

/** A version that nobody has tried: an upgrade came before a newer oidc-registrar. What else fails is thrown. */
async function whyNotRendered(
  deps: Deps,
  { registration, names, secretObject }: CheckBasis,
): Promise<RegistrarError | undefined> {
  const authentikVersion = await deps.authentik.version();
  try {
    renderBlueprint({ registration, installation: deps.installation, names, authentikVersion, secretObject });
    return undefined;
  } catch (error) {
    if (error instanceof RegistrarError && error.kind === 'Refused') return error;
    throw error;
  }
}
