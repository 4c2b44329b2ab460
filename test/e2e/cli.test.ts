import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import type { ListedClient } from '../../client/output/list.ts';
import { planDiff } from '../../client/output/plan.ts';
import type { ChangePlan, PlanInput } from '../../core/plan/plan.ts';
import type { ProgressView } from '../../core/run/progress.ts';
import type { RotateResult } from '../../core/run/rotation.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { gitApply } from '../fixtures/gitApply.ts';
import { eventually } from '../fixtures/polling.ts';
import { useTestBed, type TestBed, type TestBedOptions } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// The life of clients, as a person types it.

/** Every command is a process of its own: on a busy machine people need longer than a test's minute to be at hand. */
const HOUR_MS = 3_600_000;
const adjust: TestBedOptions['adjust'] = (installation) => ({
  ...installation,
  timings: { ...installation.timings, readyMs: HOUR_MS, confirmMs: HOUR_MS },
});

let bed: TestBed;
useTestBed({ adjust }, (started) => {
  bed = started;
});

function start(args: readonly string[]) {
  return execa(process.execPath, [path.join(inject('built'), 'client', 'cli.js'), ...args], {
    reject: false,
    stdin: 'ignore',
    env: { TEMPORAL_ADDRESS: bed.temporal.address, TEMPORAL_UI_URL: 'https://temporal.example/', NO_COLOR: '1' },
  });
}

interface Told {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** Exit code and output, as a pipe sees them. */
async function run(...args: readonly string[]): Promise<Told> {
  const { exitCode, stdout, stderr } = await start(args);
  return { code: exitCode, out: stdout, err: stderr };
}

interface Watch {
  readonly ended: Promise<Told>;
  /** Resolves when the command has told so; what passes before its next look it never tells. */
  readonly shows: (text: RegExp) => Promise<void>;
}

/** A command that follows a run. */
function follow(...args: readonly string[]): Watch {
  const command = start(args);
  let [soFar, over] = ['', false];
  command.stdout.on('data', (chunk: Buffer) => (soFar += chunk.toString()));
  const ended = command.then(({ exitCode, stdout, stderr }) => {
    over = true;
    return { code: exitCode, out: stdout, err: stderr };
  });
  const shows = async (text: RegExp): Promise<void> => {
    await eventually(
      () => soFar,
      (now) => over || text.test(now),
    );
    expect(soFar).toMatch(text);
  };
  return { ended, shows };
}

/** What a command says first that changes something. */
const place = () => `Temporal at ${bed.temporal.address}, namespace default`;

/** A client as `list` tells of it. */
async function list(name: string): Promise<ListedClient | undefined> {
  const { clients } = JSON.parse((await run('list', '--json')).out) as { readonly clients: readonly ListedClient[] };
  return clients.find(({ client }) => client === name);
}

const waits = (step: string) => (view: ProgressView) =>
  view.steps.some(({ name, state, note = '' }) => name === step && state === 'running' && note.startsWith('waits'));
const zot = () => bed.client.workflow.getHandle(IDS.client('zot'));

it('plans without changing anything, and a registration makes exactly that of the files', async () => {
  const before = await bed.world.snapshot();
  const planned = await run('plan', 'zot', '--json', '--exit-code');
  expect([planned.code, planned.err]).toEqual([2, '']);
  const plan = JSON.parse(planned.out) as ChangePlan;
  expect(plan.actions.map(({ system }) => system)).toEqual(
    expect.arrayContaining(['1Password', 'Argo CD', 'Authentik', 'Git']),
  );
  expect(plan.warnings.join()).toContain('its group artifact-workloads has no binding');
  expect(plan.remaining.join()).toContain('ansible-playbook hosts/attic.yml --tags zot');
  const whole = await run('plan', 'zot');
  expect(whole.code).toBe(0);
  await bed.expectAsBefore(before);
  expect(bed.vaultWrites()).toBe(0);

  const there = async (): Promise<Readonly<Record<string, string>>> => {
    const texts = await Promise.all(
      plan.files.map(
        async ({ path: file }) => [file, await bed.world.repository.read(file).catch(() => undefined)] as const,
      ),
    );
    return Object.fromEntries(texts.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
  };
  const asPlanned = await gitApply(await there(), planDiff(plan));
  expect(await gitApply(await there(), whole.out)).toEqual(asPlanned);
  expect((await run('register', 'zot', '--json')).code).toBe(0);
  expect(await there()).toEqual(asPlanned);
  const nothing = await run('plan', 'zot', '--exit-code');
  expect([nothing.code, nothing.out]).toMatchObject([0, expect.stringContaining('✓ zot: nothing would change')]);
});

it('plans a repair of what has drifted, which no registration would mend', async () => {
  const plan = async (input: PlanInput): Promise<ChangePlan> => {
    const options = { taskQueue: IDS.taskQueue, workflowId: IDS.plan('zot'), args: [input] };
    return (await bed.client.workflow.execute('planClient', options)) as ChangePlan;
  };
  const { rows } = bed.world.authentik.database;
  const application = rows.applications.find(({ slug }) => slug === 'zot');
  rows.bindings = rows.bindings.filter(({ target }) => target !== application?.pk);
  const before = await bed.world.snapshot();

  const refused = await run('plan', 'zot');
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('Start again as a repair')]);
  const repair = await plan({ client: 'zot', repair: true });
  expect(repair).toMatchObject({ unchanged: false, files: [] });
  expect(repair.warnings.join()).toMatch(/repairs: .*binding/);
  expect(repair.actions.map(({ what }) => what)).toContain('apply blueprint custom/zot.yaml');
  await bed.expectAsBefore(before);

  expect((await bed.register('zot', { client: 'zot', repair: true })).outcome).toBe('repaired');
  expect((await plan({ client: 'zot', repair: true })).unchanged).toBe(true);
});

it('registers, rotates with the help of a person, checks and deregisters', async () => {
  const registered = await run('register', 'zot');
  expect(registered.err).toBe(place());
  expect(registered.out).toMatch(/✓ verifyRegistration[\s\S]*\nzot: is as asked\n/);
  expect(registered.code).toBe(0);

  const rotation = follow('rotate', 'zot');
  await rotation.shows(/▶ ready +waits for a person:/);
  const early = await run('confirm', 'zot');
  expect(early).toMatchObject({
    code: 1,
    out: 'The run does not wait for "confirm"; nothing was done.',
    err: `${place()}\nSee oidc-registrar status zot.`,
  });
  expect((await run('ready', 'zot')).code).toBe(0);
  await bed.until(zot(), waits('distribute'), 'the consumer');
  const confirmed = await run('confirm', 'zot', '--json');
  expect([confirmed.code, JSON.parse(confirmed.out)]).toMatchObject([0, { taken: true }]);
  const rotated = await rotation.ended;
  expect(rotated.out).toMatch(/\nzot: rotated\n[\s\S]*new ones may have failed for \d+\.\d s/);
  expect(rotated.code).toBe(0);
  expect((await run('status', 'zot')).out).toMatch(
    /^zot: nothing runs; the last rotation ended .*: rotated\nhttps:\/\/temporal\.example\/\S+zot$/,
  );

  const { rotatedAt = '' } = (await zot().result()) as RotateResult;
  const day = rotatedAt.slice(0, 10);
  const checked = await run('check', 'zot');
  expect([checked.code, checked.out]).toEqual([0, `✓ zot: as asked (secret rotated last on ${day})`]);

  // The list of runs follows their ends with a delay.
  const listed = await eventually(
    async () => list('zot'),
    (zot) => zot?.lastRun?.outcome === 'rotated' && zot.lastCheck !== undefined,
  );
  expect(listed).toMatchObject({
    stands: 'registered',
    lastRun: { type: 'rotateSecret' },
    lastRotation: expect.stringContaining(day) as string,
    lastCheck: { ok: true, summary: '' },
  });

  const unsure = await run('deregister', 'zot');
  expect([unsure.code, unsure.err]).toEqual([1, expect.stringContaining('Add --yes')]);
  expect(unsure.err.split('\n')[0]).toBe(place());
  const gone = await run('deregister', 'zot', '--purge', '--yes', '--json');
  expect(gone.err).toBe(place());
  expect([gone.code, JSON.parse(gone.out)]).toMatchObject([0, { outcome: 'deregistered' }]);
  expect((await run('deregister', 'zot', '--yes')).out).toContain('zot: is not registered');
  await eventually(
    async () => list('zot'),
    (zot) => zot?.stands === 'absent',
  );
});

it('takes a registration from a file, tells where its run stands, and cancels it', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-cli-'));
  const file = path.join(dir, 'guest.yaml');
  await writeFile(file, stringify(clientNamed('guest')));
  const other = await run('register', 'zot', '--file', file);
  expect([other.code, other.err]).toEqual([1, expect.stringContaining('registers client "guest", not "zot"')]);

  const registered = await run('register', '--file', file);
  expect(registered.out).toMatch(/✓ landChange[\s\S]*\nguest: registered, commit [0-9a-f]{12}\n/);
  expect(registered.code).toBe(0);

  // A rotation that waits for a person stays open for as long as is needed to look at it.
  const started = await run('rotate', '--file', file, '--detach', '--json');
  expect([started.code, JSON.parse(started.out)]).toEqual([
    0,
    {
      client: 'guest',
      workflowId: 'oidc-client/guest',
      outcome: 'started',
      link: 'https://temporal.example/namespaces/default/workflows/oidc-client%2Fguest',
    },
  ]);
  await bed.until(bed.client.workflow.getHandle('oidc-client/guest'), waits('ready'), 'the question');
  const open = await run('status', 'guest');
  expect(open.out).toMatch(
    /^guest: a rotation runs since .* \(rotating\)\n {2}✓ preflight .*\n {2}▶ ready .*waits for/,
  );
  expect(open.code).toBe(0);
  const unchecked = await eventually(
    async () => run('check', '--all'),
    ({ out }) => out.includes('Not checked'),
  );
  expect(unchecked.out).toMatch(/no registration file of them: guest$/);
  const watching = follow('status', 'guest', '--watch');
  await watching.shows(/✓ preflight[^]*▶ ready +waits for a person/);
  const second = await run('register', 'guest');
  expect([second.code, second.err]).toEqual([1, expect.stringContaining('oidc-registrar cancel guest')]);
  const impatient = await run('status', 'guest', '--watch', '--timeout', '2s');
  expect([impatient.code, impatient.err]).toEqual([2, expect.stringContaining('goes on. See oidc-registrar status')]);
  for (const named of ['--file', '--registration']) {
    const plan = await run('plan', named, file);
    expect([plan.code, plan.err]).toEqual([
      1,
      expect.stringContaining('is being changed by workflow oidc-client/guest'),
    ]);
  }
  const useless = await run('stop-undo', 'guest');
  expect([useless.code, useless.out]).toEqual([1, 'No undo is under way; nothing was done.']);

  const cancelled = await run('cancel', 'guest');
  expect([cancelled.code, cancelled.err]).toEqual([0, `${place()}\nThe run was cancelled; everything is as it was.`]);
  expect((await watching.ended).code).toBe(1);
  const after = await run('status', 'guest', '--json');
  expect(after.err).toBe('');
  expect([after.code, JSON.parse(after.out)]).toMatchObject([2, { state: 'ended', failure: { outcome: 'cancelled' } }]);
  const nothing = await run('cancel', 'guest');
  expect([nothing.code, nothing.err]).toEqual([
    1,
    `${place()}\nTemporal: no run of client guest is open\nSee oidc-registrar status guest.`,
  ]);

  await writeFile(file, 'kind: OidcClient\n');
  const broken = await run('register', '--file', file);
  expect([broken.code, broken.err]).toEqual([1, expect.stringMatching(/guest\.yaml:1:1: .*metadata/)]);
  await rm(dir, { recursive: true, force: true });
});

it('tells a refusal with its remedy, and that nothing is left', async () => {
  const unknown = await run('status', 'nobody');
  expect([unknown.code, unknown.out]).toEqual([0, expect.stringContaining('Temporal knows no run of it')]);
  const refused = await run('register', 'nobody');
  expect(refused.err).toContain('unknown client "nobody"');
  expect(refused.err).toContain('Write the registration as oidc-clients/nobody.yaml');
  expect(refused.code).toBe(1);
  const notOpen = await run('cancel', 'nobody', '--json');
  expect([notOpen.code, JSON.parse(notOpen.out)]).toMatchObject([
    1,
    { error: { system: 'Temporal', kind: 'NotFound', remedy: 'See oidc-registrar status nobody.' } },
  ]);
  const planned = await run('plan', 'nobody', '--json');
  expect([planned.code, JSON.parse(planned.out)]).toMatchObject([1, { client: 'nobody', type: 'BadInput' }]);
  const json = await run('register', 'nobody', '--json');
  expect([json.code, JSON.parse(json.out)]).toMatchObject([1, { outcome: 'failed', type: 'BadInput', kept: [] }]);
});

it('tells its version, and a command that was mistyped what was meant', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  expect(await run('--version')).toEqual({ code: 0, out: version, err: '' });
  expect(await run('regster', 'zot')).toEqual({
    code: 1,
    out: '',
    err: "error: unknown command 'regster'\n(Did you mean register?)\nSee the options and examples with --help.",
  });
});
