import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { noteSandbox } from '../../client/runningSandbox.ts';
import type { ProgressView } from '../../core/run/progress.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { startControl } from '../../sandbox/world/control.ts';
import { shownCommands } from '../fixtures/shownCommands.ts';
import { eventually } from '../fixtures/polling.ts';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed, type TestBedOptions } from './testBed.ts';

// Every command that the README, the tutorial and the other pages show, pasted into a shell as it stands there.

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What is not pasted here, and why. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^(git clone ADDRESS|cd oidc-registrar$|git push origin )/, 'there is no address to clone from, or to push to'],
  [/^(npm test$|npm run typecheck |node scripts\/run\.js$)/, 'what CI does before and around this test'],
  [/^npm run (demo\b|sandbox$)/, 'starts a world of its own: test/e2e/programs.test.ts'],
  [/^npm run worker\b|^curl .*readyz/, 'a worker of its own: test/e2e/metrics.test.ts, test/e2e/packages.test.ts'],
  [/^docker /, 'needs a registry or an installation: test/docs/shownCommands.test.ts reads what is ours of it'],
  [/^kubectl /, 'needs real clusters: test/cluster/kubernetesBase.test.ts, test/cluster/rbac.test.ts'],
  [
    /^(export (?!REGISTRAR_CONFIG=~)|umask|mkdir -m 0700 secrets|cp registrar)/,
    'what a person types of their own place',
  ],
  [/oidc-registrar completion/, 'in a shell of its own: test/client/completion.test.ts'],
];

const shown = [...shownCommands().keys()];
const HOUR_MS = 3_600_000;
const adjust: TestBedOptions['adjust'] = (installation) => ({
  ...installation,
  timings: { ...installation.timings, readyMs: HOUR_MS, confirmMs: HOUR_MS },
});
const sample = await sampleLayout('manual');
const [, grafana = ''] = /^```yaml\n(apiVersion[^]*?)^```$/m.exec(await readFile(`${root}README.md`, 'utf8')) ?? [];
const files = {
  ...sample.files,
  'oidc-clients/grafana.yaml': grafana,
  'oidc-clients/zot.yaml': stringify(rotatable('zot', 'manual', 'none')),
};

let bed: TestBed;
useTestBed({ layout: { ...sample, files }, adjust }, (started) => {
  bed = started;
});

let home = '';
let endSandbox = async (): Promise<void> => undefined;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-documents-'));
  await mkdir(path.join(home, 'src'));
  // The commands find the sandbox as those of a clone do.
  const nonce = randomUUID();
  const control = await startControl(bed.world, nonce);
  const note = {
    pid: process.pid,
    nonce,
    control: control.url,
    temporal: bed.temporal.address,
    ui: 'http://ui.example',
  };
  const forget = await noteSandbox(path.join(home, '.cache'), note);
  endSandbox = async () => {
    await forget();
    await control.close();
  };
});
afterAll(async () => {
  await endSandbox();
  await rm(home, { recursive: true, force: true });
});

const pasted = new Set<string>();

/** One or more lines as the pages show them; a shell finds npm's scripts and Temporal's program, and a home of its own. */
async function paste(lines: string): Promise<{ readonly code: number | undefined; readonly out: string }> {
  for (const line of lines.split('\n')) pasted.add(line);
  const node = `'${process.execPath}'`;
  const cli = `${node} '${path.join(inject('built'), 'client', 'cli.js')}'`;
  // What is built has no sandbox.
  const source = `${node} '${path.join(root, 'client', 'cli.ts')}'`;
  const shell = `
    npm() {
      shift; [ "$1" = --silent ] && shift
      local script=$1; shift; [ "$1" = -- ] && shift
      [ "$script" = cli ] || set -- "$script" "$@"
      if [ "$script" = sandbox ]; then ${source} "$@"; else ${cli} "$@"; fi
    }
    temporal() { '${inject('temporalCli')}' "$@" --address ${bed.temporal.address}; }
    ${lines}`;
  const { exitCode, all } = await execa('bash', ['-c', shell], {
    cwd: root,
    reject: false,
    stdin: 'ignore',
    all: true,
    env: { HOME: home, REGISTRAR_SANDBOX_CACHE: path.join(home, '.cache'), TEMPORAL_ADDRESS: '', NO_COLOR: '1' },
  });
  return { code: exitCode, out: all };
}

/** Pastes one after the other; each ends with 0. */
async function well(...commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    const { code, out } = await paste(command);
    expect(`${command}\n→ ${code}`, out).toBe(`${command}\n→ 0`);
  }
}

/** Pastes one that ends otherwise, by what it says. */
async function says(command: string, code: number, text: string | RegExp): Promise<void> {
  const ended = await paste(command);
  expect(ended.out).toMatch(text);
  expect(ended.code, ended.out).toBe(code);
}

const START = (type: string) =>
  `temporal workflow start --type ${type} --task-queue oidc-registrar --workflow-id oidc-client/zot --fail-existing --input '{"client":"zot"}'`;
const END = 'temporal workflow result --workflow-id oidc-client/zot';
const UPDATE = 'temporal workflow update execute --workflow-id oidc-client/zot --name';
const zot = () => bed.client.workflow.getHandle('oidc-client/zot');
const waits = (step: string) => (view: ProgressView) =>
  view.steps.some(({ name, state, note = '' }) => name === step && state === 'running' && note.startsWith('waits'));

/** A working copy that the pages speak of, at the head of the target branch. */
async function cloned(folder: string): Promise<string> {
  const copy = path.join(home, folder);
  await rm(copy, { recursive: true, force: true });
  await execa('git', ['clone', '--quiet', bed.world.repository.dir, copy]);
  await copyFile(path.join(bed.world.dir, 'registrar.yaml'), path.join(copy, 'registrar.yaml'));
  return copy;
}

it('from a working copy to a first client', async () => {
  await rm(path.join(await cloned('src/homelab'), 'registrar.yaml'));
  await says('npm run cli -- init --repo ~/src/homelab', 1, '--vault-id');
  const init =
    'npm run cli -- init --repo ~/src/homelab --yes --print --url https://auth.example.com --vault-id VAULT --item-id ITEM';
  await says(init, 0, /kind: Installation/);
  expect((await paste(init.replace('--print ', ''))).code).toBe(0);
  pasted.delete(init.replace('--print ', ''));
  await well(
    'cp ~/src/homelab/deploy/oidc-registrar/.env.example ~/oidc-registrar.env',
    'set -a; . ~/oidc-registrar.env; set +a',
    'npm run plan -- grafana --offline --repo ~/src/homelab',
    'npm run cli -- doctor --fix',
    'npm run cli -- doctor',
    'npm run plan -- grafana',
    'npm run cli -- register grafana',
  );
});

it('plans, with a worker and without', async () => {
  await cloned('homelab');
  await well(
    'cp -R docs/examples/grafana/repository/. ~/homelab/',
    'npm run plan -- --file docs/examples/grafana/grafana.yaml --offline --repo ~/homelab --installation ~/homelab/registrar.yaml',
    'npm run plan -- zot',
    'npm run plan -- --file ~/homelab/oidc-clients/zot.yaml',
    'npm run --silent plan -- --file ~/homelab/oidc-clients/grafana.yaml --json',
    `temporal workflow execute --type planClient --task-queue oidc-registrar --workflow-id oidc-plan/zot --input '{"client":"zot"}'`,
  );
  await cloned('homelab');
  await writeFile(
    path.join(home, 'grafana.yaml'),
    grafana.replaceAll('grafana', 'other').replaceAll('Grafana', 'Other'),
  );
  const CONFIG = 'export REGISTRAR_CONFIG=~/homelab/registrar.yaml\n';
  await well(
    `${CONFIG}npm run plan -- zot --offline --repo ~/homelab`,
    `${CONFIG}npm run plan -- --file ~/grafana.yaml --offline --repo ~/homelab --diff | git -C ~/homelab apply`,
    `${CONFIG}npm run plan -- zot --offline --repo ~/homelab --write`,
  );
});

it('a run that was terminated is taken back, and nothing is left to take back then', async () => {
  const back = `temporal workflow start --type registerClient --task-queue oidc-registrar --workflow-id oidc-client/zot --input '{"client":"zot","takeBack":true}'`;
  await well(START('registerClient'));
  await bed.untilRunning(zot(), 'storeSecret');
  await zot().terminate();
  await says('npm run cli -- register zot --take-back', 0, /taken back/);
  await well(back);
  await says(END, 1, /half/);
});

it('registers, checks and repairs, by either program', async () => {
  await well(START('registerClient'), END);
  await well(
    'npm run cli -- register zot',
    'npm run cli -- status zot',
    'npm run check -- zot',
    'npm run cli -- list',
    'npm run repair -- zot',
    `temporal workflow execute --type checkClient --task-queue oidc-registrar --workflow-id oidc-check/zot --input '{"client":"zot"}'`,
    `temporal schedule create --schedule-id oidc-check --cron '17 6 * * *' --type checkAllClients --task-queue oidc-registrar --workflow-id oidc-check`,
    'temporal workflow execute --type diagnoseInstallation --task-queue oidc-registrar --workflow-id oidc-doctor',
  );
  await says('npm run check -- --all --json', 2, '"grafana"');
});

it('clients that were made by hand are taken into files', async () => {
  const REPO = '--repo ~/src/homelab';
  await rm(path.join(await cloned('src/homelab'), 'oidc-clients'), { recursive: true });
  await well(`npm run cli -- import zot ${REPO}`, `npm run cli -- import --all ${REPO}`);
  await well(`npm run cli -- import zot ${REPO} --write`, `npm run cli -- import --all ${REPO} --write`);
});

it('rotates with the help of a person, by either program', async () => {
  await bed.world.consumer.byHand('zot');
  const rotating = paste('npm run cli -- rotate zot');
  await bed.until(zot(), waits('ready'), 'the question');
  await well(
    'temporal workflow query --workflow-id oidc-client/zot --type progress',
    'temporal workflow metadata --workflow-id oidc-client/zot',
    'temporal workflow signal --workflow-id oidc-client/zot --name recheck',
    'npm run cli -- ready zot',
  );
  await bed.until(zot(), waits('distribute'), 'the consumer');
  await bed.world.consumer.byHand('zot');
  await well('npm run cli -- confirm zot');
  expect((await rotating).code).toBe(0);

  await well(START('rotateSecret'));
  await bed.until(zot(), waits('ready'), 'the question');
  await says(`${UPDATE} stopUndo`, 1, 'No undo is under way');
  await says('npm run cli -- stop-undo zot', 1, 'No undo is under way');
  await well(`${UPDATE} ready`);
  await bed.until(zot(), waits('distribute'), 'the consumer');
  // The person may have done it: the previous secret is in service again.
  await says('npm run cli -- cancel zot', 2, /Left behind/);
});

it('rotates on a schedule, by either program', async () => {
  await well(
    'npm run schedule -- zot --every 90d --window 02:00-05:00 --time-zone Europe/Berlin',
    `npm run schedule -- zot --cron '0 3 1 */3 *' --time-zone Europe/Berlin --jitter 1h --note 'agreed with security'`,
    'npm run schedule -- list',
  );
  await bed.client.schedule.getHandle('oidc-rotate/zot').delete();
  await well(
    shown.find((command) => command.startsWith('temporal schedule create --schedule-id oidc-rotate/zot')) ?? '',
    'temporal schedule describe --schedule-id oidc-rotate/zot',
  );
});

it('gives runs to the build that is current, and one that is open to another', async () => {
  const of = '--deployment-name oidc-registrar';
  const build = { TEMPORAL_DEPLOYMENT_NAME: 'oidc-registrar', TEMPORAL_WORKER_BUILD_ID: '0.2.0' };
  await bed.startWorkerProcess(build);
  const polls = `temporal worker deployment describe-version ${of} --build-id 0.2.0`;
  await eventually(
    async () => paste(polls),
    ({ code, out }) => code === 0 && out.includes('activity'),
  );
  pasted.delete(polls);
  await well(
    `temporal worker deployment set-ramping-version ${of} --build-id 0.2.0 --percentage 10 --yes`,
    `temporal worker deployment set-current-version ${of} --build-id 0.2.0 --yes`,
    START('rotateSecret'),
  );
  await bed.until(zot(), waits('ready'), 'the question');
  const move = 'temporal workflow update-options --workflow-id oidc-client/zot --versioning-override-';
  await well(
    `temporal workflow list --query 'ExecutionStatus="Running" AND TemporalWorkerDeploymentVersion="oidc-registrar:0.1.0"'`,
    `${move}behavior one_time --versioning-override-deployment-name oidc-registrar --versioning-override-build-id 0.2.0`,
    `temporal worker deployment set-current-version ${of} --unversioned --yes`,
    `${move}behavior auto_upgrade`,
    'temporal workflow cancel --workflow-id oidc-client/zot',
  );
  await says(END, 1, /cancel/i);
});

it('puts faults into the sandbox, and looks at it', async () => {
  const asked = shown.flatMap((command) => / --fault ('[^']+')/.exec(command)?.[1] ?? []);
  expect(asked.length).toBeGreaterThan(2);
  // What a page gives to a demo a sandbox that runs takes, too.
  for (const fault of asked) {
    expect((await paste(`npm run sandbox -- fault ${fault}`)).code).toBe(0);
    pasted.delete(`npm run sandbox -- fault ${fault}`);
  }
  await well(
    `npm run sandbox -- fault 'authentik:neverSuccessful'`,
    'npm run sandbox -- faults',
    'npm run sandbox -- clear',
    'npm run sandbox -- snapshot',
    'npm run sandbox -- sync',
  );
});

it('deregisters, by either program', async () => {
  await says('npm run cli -- deregister zot', 1, 'Add --yes');
  await well(START('deregisterClient'), END);
  await says('npm run cli -- cancel zot', 1, 'no run of client zot is open');
  const file = path.join(await cloned('homelab'), 'oidc-clients/zot.yaml');
  await well(shown.find((command) => command.startsWith('git -C ~/homelab restore')) ?? '');
  expect(await readFile(file, 'utf8')).toContain('kind: OidcClient');
});

it('has pasted all that is shown, or says why not', () => {
  const here = shown.filter((command) => ELSEWHERE.every(([which]) => !which.test(command)));
  expect(here.filter((command) => !pasted.has(command))).toEqual([]);
  expect([...pasted].filter((command) => !shown.includes(command))).toEqual([]);
  for (const [which, why] of ELSEWHERE)
    expect(
      shown.some((command) => which.test(command)),
      why,
    ).toBe(true);
});
