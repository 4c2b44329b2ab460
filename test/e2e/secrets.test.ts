import { createHash } from 'node:crypto';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { startStandIn } from '../../sandbox/kit/http.ts';
import { freePort } from '../fixtures/freePort.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../fixtures/otlpReceiver.ts';
import { eventually } from '../fixtures/polling.ts';
import { deregister } from './deregistering.ts';
import { rotatable } from './rotationFaults.ts';
import { assertNoSecrets, findSecrets, historyTexts, type Text } from './secrets.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { databaseText, ProcessWatch, textsBelow } from './traces.ts';

// Every test bed searches its histories, logs and Git objects when it stops. Here all that a client's whole life leaves is searched, and
// each place and each form is shown to be found.

const planted = 'Gq7RmT2vXw9LpZ4sKd8NbC3yHf6JaE1u';
const at = (text: string): readonly Text[] => [{ name: 'here', text }];

it('finds a secret in clear, as hex, and in base64 wherever it begins', () => {
  expect(findSecrets([planted], at(`before ${planted} after`))).toEqual(['here: in clear']);
  expect(findSecrets([planted], at(Buffer.from(planted).toString('hex')))).toEqual(['here: hex']);
  expect(findSecrets([planted], at(Buffer.from(planted).toString('hex').toUpperCase()))).toEqual(['here: hex']);
  for (const [prefix, shift] of [
    ['', 0],
    ['x', 1],
    ['xy', 2],
    ['xyz', 0],
    ['{"key":"', 2],
  ] as const) {
    const bytes = Buffer.from(`${prefix}${planted}"}`);
    for (const encoding of ['base64', 'base64url'] as const)
      expect(findSecrets([planted], at(bytes.toString(encoding)))).toEqual([`here: base64 (shifted by ${shift})`]);
  }
});

it('finds a secret of signs as URLs, forms and JSON write it', () => {
  const secret = 'a secret/with+"signs"\\';
  const found = (text: string) => findSecrets([secret], at(text));
  expect(found('a%20secret%2Fwith%2B%22signs%22%5C')).toEqual(['here: URL-encoded']);
  expect(found('a+secret%2Fwith%2B%22signs%22%5C')).toEqual(['here: URL-encoded']);
  expect(found(JSON.stringify({ secret }))).toEqual(['here: escaped as JSON']);
  expect(found(Buffer.from('ÿ?>ÿ?>'.repeat(4)).toString('base64url'))).toEqual([]);
  const signs = 'ÿ?>ÿ?>ÿ?>ÿ?>';
  expect(findSecrets([signs], at(Buffer.from(`x${signs}x`).toString('base64url')))).toEqual([
    'here: base64 (shifted by 1)',
  ]);
});

it('finds nothing where there is nothing', () => {
  expect(findSecrets([planted], at('an ordinary line'))).toEqual([]);
});

let bed: TestBed;
let metrics: string;
let collector: OtlpReceiver;
const watch = new ProcessWatch();
useTestBed({ worker: 'none', database: true, notify: 'json' }, (started) => {
  bed = started;
});
beforeAll(async () => {
  metrics = `127.0.0.1:${await freePort()}`;
  collector = await startOtlpReceiver();
  await mkdir(path.join(bed.dir, 'tmp'));
  // A server may keep what each push has moved.
  const repository = path.join(bed.world.dir, 'repository.git');
  await execa('git', ['-C', repository, 'config', 'core.logAllRefUpdates', 'always']);
  // The fullest log, and every temporary file in the bed's own folder.
  await bed.startWorkerProcess({
    LOG_LEVEL: 'trace',
    METRICS_ADDRESS: metrics,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    TMPDIR: path.join(bed.dir, 'tmp'),
  });
});
afterAll(() => {
  watch.stop();
  collector.close();
});

const CLIENTS = ['alone', 'other'];

/** All that is written while the bed runs, but for the places where secrets belong. */
async function everything(metricsUrl = `http://${metrics}/metrics`): Promise<readonly Text[]> {
  const { world } = bed;
  const kubeconfigs = Object.values(world.installation.clusters).map(({ kubeconfig = '' }) => kubeconfig);
  const tokens = Object.values(world.workerEnv).filter((value) => value.startsWith(bed.dir));
  const delivered = CLIENTS.map((client) => path.join(world.dir, `credentials-of-${client}`));
  const objects = await Promise.all([world.hosting.management.objects(), world.hosting.workload.objects()]);
  return [
    ...(await textsBelow(bed.dir, new Set([...kubeconfigs, ...tokens, ...delivered]))),
    ...(await historyTexts(bed.client)),
    await databaseText(bed.database),
    ...watch.texts(),
    { name: 'metrics', text: await (await fetch(metricsUrl)).text() },
    { name: 'traces', text: collector.text() },
    { name: 'notices', text: JSON.stringify(world.webhook?.received) },
    ...objects.flat().flatMap((object) => {
      const name = `${object.kind} ${object.metadata.name}`;
      return object.kind === 'Secret' ? [] : [{ name, text: JSON.stringify(object) }];
    }),
  ];
}

it('finds no secret in anything that a whole life of a client leaves, but in the vault and where it is delivered', async () => {
  const registration = rotatable('alone');
  await bed.register('alone', registration);
  await bed.world.consumer.byHand('alone');
  const changed = { ...registration, spec: { ...registration.spec, description: 'As it is now' } };
  expect((await bed.register('alone', changed)).outcome).toBe('registered');
  expect((await bed.rotate('alone', changed)).outcome).toBe('rotated');
  await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'other', mayApply: true });
  expect((await bed.fail('other', rotatable('other'))).kept).toEqual([]);
  await bed.heal();
  expect((await deregister(bed, 'alone', { registration: changed, purge: true })).outcome).toBe('deregistered');

  // Spans are sent every few seconds.
  await eventually(collector.spans, (spans) => spans.some(({ name }) => name === 'deregisterClient'));

  const secrets = await bed.secrets();
  // Of two clients and the one that followed, beside the tokens.
  expect(bed.world.connect.secrets().length).toBeGreaterThanOrEqual(3);
  const texts = await everything();
  assertNoSecrets(secrets, texts);

  const all = texts.map(({ name }) => name).join('\n');
  // That it was looked for in each place, and that the place was not empty.
  for (const place of [
    'worker.log',
    'temporal.log',
    'history of oidc-client/alone',
    'database of Temporal',
    'world/repository.git/objects, packed',
    'logs/refs/heads/main',
    'metrics',
    'notices',
    'traces',
    'process git ',
    'ConfigMap ',
  ])
    expect(all).toContain(place);
  expect(texts.find(({ name }) => name === 'worker.log')?.text).toContain('"level":10');
  expect(texts.find(({ name }) => name === 'notices')?.text).toContain('was not registered');
});

/** Puts a text into a place, as somebody careless would. */
const PLACES: Readonly<Record<string, (text: string) => Promise<string>>> = {
  'a history': async (text) => {
    const handle = await bed.start('planted', { client: text }, `planted-${digest(text)}`);
    await handle.terminate();
    return `history of planted-${digest(text)}`;
  },
  'the database, over several of its pages': async (text) => {
    const handle = await bed.start(
      'planted',
      { client: `${'.'.repeat(4_050)}${text}`.repeat(3) },
      `long-${digest(text)}`,
    );
    await handle.terminate();
    return 'database of Temporal';
  },
  'the log': async (text) => {
    await appendFile(path.join(bed.dir, 'worker.log'), text);
    return 'worker.log';
  },
  'a commit': async (text) => {
    await bed.world.repository.commitAs('careless', { 'notes.txt': `${text}\n` }, 'Oops');
    return 'world/repository.git/objects, packed';
  },
  'a packed object that nothing names any more': async (text) => {
    const folder = await repositoryOf('packed');
    const { stdout } = await execa('git', ['hash-object', '-w', '--stdin'], { cwd: folder, input: text });
    await execa('git', ['pack-objects', '.git/objects/pack/pack'], { cwd: folder, input: stdout });
    await execa('git', ['prune-packed'], { cwd: folder });
    return 'packed/.git/objects, packed';
  },
  'a reflog': async (text) => {
    const folder = await repositoryOf('logged');
    await execa('git', ['commit', '--quiet', '--allow-empty', '-m', 'One'], { cwd: folder, env: SOMEBODY });
    const reason = ['update-ref', '--create-reflog', '-m', text, `refs/heads/${digest(text)}`, 'HEAD'];
    await execa('git', reason, { cwd: folder, env: SOMEBODY });
    return `logged/.git/logs/refs/heads/${digest(text)}`;
  },
  'a temporary folder, by gzip': async (text) => {
    const file = path.join('tmp', 'below', digest(text));
    await mkdir(path.join(bed.dir, 'tmp', 'below'), { recursive: true });
    await writeFile(path.join(bed.dir, file), gzipSync(text));
    return `${file}, unpacked`;
  },
  'a temporary folder, by zlib': async (text) => {
    const file = path.join('tmp', digest(text));
    await writeFile(path.join(bed.dir, file), deflateSync(text));
    return `${file}, unpacked`;
  },
  'an argument of a process': async (text) => {
    await untilSeen(`sh -c read line ${text}`, execa('sh', ['-c', 'read line', text]));
    return 'process sh -c';
  },
  'the environment of a process below a process': async (text) => {
    await untilSeen(`CARELESS=${text}`, execa('sh', ['-c', 'sh -c "read line"'], { env: { CARELESS: text } }));
    return 'process sh -c';
  },
  'a notice': async (text) => {
    const { address, secrets } = bed.world.webhook ?? { address: '', secrets: [] };
    const headers = { authorization: `Bearer ${secrets[0]}`, 'content-type': 'application/json' };
    await fetch(address, { method: 'POST', headers, body: JSON.stringify({ text }) });
    return 'notices';
  },
  'a trace': async (text) => {
    await fetch(collector.url, { method: 'POST', body: text });
    return 'traces';
  },
  'a core file': async (text) => {
    const file = `core.${digest(text)}`;
    await writeFile(path.join(bed.dir, file), Buffer.concat([Buffer.alloc(4_096, 0xff), Buffer.from(text)]));
    return file;
  },
  'an annotation': async (text) => {
    const metadata = { name: `planted-${digest(text)}`, namespace: 'identity', annotations: { text } };
    await bed.world.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    return `ConfigMap planted-${digest(text)}`;
  },
};

const SOMEBODY = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((who) => [
    [`GIT_${who}_NAME`, 'somebody'],
    [`GIT_${who}_EMAIL`, 'somebody@example.test'],
  ]),
);

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

async function repositoryOf(name: string): Promise<string> {
  const folder = path.join(bed.dir, name);
  await execa('git', ['init', '--quiet', folder]);
  return folder;
}

/** A process that waits for a line of input runs until it was seen; git was given the same text. */
async function untilSeen(own: string, running: ReturnType<typeof execa>): Promise<void> {
  await expect.poll(() => watch.texts().some((seen) => seen.text.includes(own))).toBe(true);
  running.stdin?.end();
  await running.catch(() => undefined);
}

const FORMS: readonly (readonly [string, string])[] = [
  ['base64 (shifted by 0)', Buffer.from(planted).toString('base64')],
  ['base64 (shifted by 1)', Buffer.from(`x${planted}`).toString('base64')],
  ['base64 (shifted by 2)', Buffer.from(`xy${planted}`).toString('base64')],
  ['hex', Buffer.from(planted).toString('hex')],
  ['in clear', `secret: ${planted}`],
];

it('finds what was planted, in every place and every form', async () => {
  const begins = new Map<string, readonly string[]>();
  for (const [place, plant] of Object.entries(PLACES)) {
    const names: string[] = [];
    for (const [, text] of FORMS) names.push(await plant(text));
    begins.set(place, names);
  }

  const found = findSecrets([planted], await everything());

  for (const [place, names] of begins) {
    const here = found.filter((each) => names.some((name) => each.startsWith(name)));
    const forms = here.map((each) => each.split(': ').at(-1));
    expect(new Set(forms), `${place}: ${here.join('\n')}`).toEqual(new Set(FORMS.map(([form]) => form)));
  }
});

it('finds what was planted into the metrics', async () => {
  const text = `oidc_registrar_runs{reason="${planted}"} 1\n`;
  const careless = await startStandIn({
    system: 'metrics',
    faults: bed.world.faults,
    handle: async () => ({ status: 200, body: text }),
  });

  expect(findSecrets([planted], await everything(careless.url))).toContain('metrics: in clear');

  await careless.close();
});
