import { refused } from '../../core/base/errors.ts';
import { readRegistration } from '../../core/installation/readFiles.ts';
import { registrationTexts } from '../branch/registrationFile.ts';
import { consumerWarnings } from '../consumers/live.ts';
import { refusedOf } from '../preflight/problems.ts';
import { checkSources, manifestAt } from '../state/manifest.ts';
import { describe, fileOf, RESOURCES } from '../state/ourResources.ts';
import type { Reach } from './reach.ts';
import type { Look, Report } from './report.ts';

/** Branch that a push is tried with; none of that name is made. */
const PROBE_BRANCH = 'oidc-registrar/doctor';

export function gitLooks(reach: Reach): readonly Look[] {
  const { gitops } = reach.deps.installation;
  return [
    {
      system: 'Git',
      what: 'read',
      async look(report) {
        const head = await reach.head();
        report.well(`branch ${gitops.branch} is at ${head.slice(0, 12)}`);
      },
    },
    { system: 'Git', what: 'push', look: (report) => push(reach, report) },
    { system: 'Git', what: 'files of registrar.yaml', look: (report) => ownFiles(reach, report) },
    { system: 'registration file', what: gitops.registrations, look: (report) => registrations(reach, report) },
    ...(gitops.landBy === 'pullRequest'
      ? [{ system: 'Forge' as const, what: 'pull requests', look: (report: Report) => forge(reach, report) }]
      : []),
  ];
}

async function push({ deps, head }: Reach, report: Report): Promise<void> {
  await deps.git.tryPush({ commit: await head(), branch: PROBE_BRANCH });
  report.well(`allowed, by a dry run of ${PROBE_BRANCH}; hooks and protected branches answer a real push alone`);
}

async function ownFiles({ deps, head }: Reach, report: Report): Promise<void> {
  const commit = await head();
  const problems = await refusedOf(RESOURCES, async (resource) => {
    const file = fileOf(deps, resource);
    if ((await manifestAt(deps, commit, resource)) !== undefined) return;
    throw refused(
      'Git',
      `${file} of branch ${deps.installation.gitops.branch} does not hold ${describe(deps, resource)}`,
      `Correct authentik.${resource === 'configMap' ? 'blueprints' : resource} in registrar.yaml.`,
    );
  });
  await report.judge(problems, (found) => found);
  await report.judge(commit, (at) => checkSources(deps, at));
  report.ends('each holds what registrar.yaml says');
}

async function registrations({ deps, head }: Reach, report: Report): Promise<void> {
  const commit = await head();
  const texts = await registrationTexts(deps, commit);
  for (const { path, text } of texts)
    await report.ask(async () => {
      const registration = readRegistration(text, path);
      for (const warning of await consumerWarnings(deps, registration, commit))
        report.amiss('warning', `${path}: ${warning}`, 'Correct the registration, or what it names.');
    });
  report.ends(`${texts.length} files can be read`);
}

async function forge({ deps, head }: Reach, report: Report): Promise<void> {
  if (deps.forge === undefined) {
    report.well('no FORGE_TOKEN is set: people open them, at the address that a run tells');
    return;
  }
  await head();
  await deps.forge.find(PROBE_BRANCH);
  report.well('the token lists pull requests; whether it may open one, the first one tells');
}
