import { releaseWarnings } from '../../core/authentik/releases.ts';
import { secretWarnings } from '../../core/authentik/secretObject.ts';
import type { FindModel } from '../../integrations/authentik/authentik.ts';
import { assertDiscovers, assertReads, checkUsedBy, missing, verdictOf } from '../preflight/authentik.ts';
import { refusedOf } from '../preflight/problems.ts';
import type { ExistingObjects } from '../preflight/world.ts';
import { findOne } from '../state/authentikState.ts';
import type { Reach } from './reach.ts';
import type { Look, Report } from './report.ts';

/** Each look begins with the version, which any good token may ask for: one that is not good is told once. */
export function authentikLooks({ deps }: Reach): readonly Look[] {
  const { authentik, installation } = deps;
  const { authorizationFlow, invalidationFlow, signingKey } = installation.provider;
  const named: readonly (readonly [FindModel, string])[] = [
    ['flow', authorizationFlow],
    ['flow', invalidationFlow],
    ['certificate', signingKey],
  ];
  const after =
    (look: Look['look']): Look['look'] =>
    async (report) => {
      await authentik.version();
      await look(report);
    };
  return [
    {
      system: 'Authentik',
      what: 'version',
      async look(report) {
        const version = await authentik.version();
        for (const warning of releaseWarnings(version, installation)) report.amiss('warning', warning, UNTRIED);
        // Whether it keeps secrets as objects its number does not say.
        const dialect = await authentik.secretDialect();
        const ofSecrets = dialect === undefined ? [] : secretWarnings(dialect, version, installation);
        for (const warning of ofSecrets) report.amiss('warning', warning, UNTRIED);
        report.ends(version);
      },
    },
    { system: 'Authentik', what: 'permissions', look: after((report) => permissions(deps, report)) },
    {
      system: 'Authentik',
      what: 'blueprints',
      look: after(async (report) => {
        await report.judge(deps, assertDiscovers);
        const files = await authentik.available();
        report.ends(`its worker answers, and has ${files.length} files`);
      }),
    },
    {
      system: 'Authentik',
      what: 'what every provider refers to',
      look: after(async (report) => {
        await report.judge(named, (all) => refusedOf(all, ([model, key]) => findOne(deps, model, key)));
        report.ends('both flows and the signing key are there, each once');
      }),
    },
  ];
}

async function permissions(deps: Reach['deps'], report: Report): Promise<void> {
  const found = await deps.authentik.permissions(undefined);
  await report.judge(found, assertReads);
  const verdict = await report.ask(() => verdictOf(deps, found, NOTHING));
  for (const warning of verdict?.warnings ?? []) report.amiss('warning', warning, PERMISSIONS);
  // The question reads what the views let it read.
  if (found.missingView.length === 0) await report.judge(deps, (systems) => checkUsedBy(systems, true), 'warning');
  const lacking = found.missingChange ?? [];
  if (lacking.length > 0)
    await report.ask(() => Promise.reject(missing('some changes and repairs need', lacking)), 'warning');
  report.ends('the token may read, apply, undo and change');
}

const UNTRIED = 'Register a client of no importance first; see the changelog for a release that was tried with it.';
const PERMISSIONS = 'See docs/reference/permissions.md, Authentik.';

/** No client is meant. */
const NOTHING: ExistingObjects = {
  application: undefined,
  byName: undefined,
  byClientId: undefined,
  instance: undefined,
  groups: [],
  users: [],
  madeGroups: [],
  madeUsers: [],
};
