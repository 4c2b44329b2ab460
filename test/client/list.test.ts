import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { clientsOfCopy } from '../../client/clientsOfCopy.ts';
import { listText } from '../../client/output/list.ts';
import { WorkingCopy } from '../../client/workingCopy.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { workingCopy } from '../fixtures/gitApply.ts';
import { filePlan } from '../../client/filePlan.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { installationSchema } from '../../core/installation/installation.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const AT = '2026-11-30T14:05:06.000Z';
const sample = await sampleLayout('manual');
const installation = installationSchema.parse(sample.installation);

it('tells of a working copy which clients are registered, and which stand there without a registration file', async () => {
  const dir = await workingCopy(sample.files);
  const copy = new WorkingCopy(dir);
  const put = async (file: string, text: string): Promise<void> =>
    writeFile(path.join(dir, 'oidc-clients', file), text);
  /** As a run does it, with the files of this client. */
  const register = async (name: string): Promise<void> => {
    const registration = checkRegistration(clientNamed(name), `${name}.yaml`);
    copy.write((await filePlan({ registration, installation, files: copy })).files);
  };
  await register('guest');
  await put('guest.yaml', stringify(clientNamed('guest')));
  await register('visitor');
  await put('visitor.oidc-record', '');
  await register('byhand');
  await rm(path.join(dir, 'oidc-clients/byhand.oidc-record'), { force: true });

  const found = clientsOfCopy(copy, installation);
  expect(Object.fromEntries(found)).toMatchObject({
    zot: 'file',
    guest: 'registered',
    visitor: 'inline',
    byhand: 'unmanaged',
  });
});

it('shows them in a table, with what a person does about those that are not registered', () => {
  const text = listText([
    { client: 'grafana', stands: 'unmanaged' },
    { client: 'photos', stands: 'absent', lastRun: { type: 'deregisterClient', outcome: 'deregistered', at: AT } },
    { client: 'wiki', stands: 'unknown', lastRun: { type: 'registerClient', outcome: 'timedOut', at: AT } },
    {
      client: 'zot',
      stands: 'registered',
      lastRun: { type: 'rotateSecret', outcome: 'failed', at: AT },
      lastRotation: '2026-09-01T02:10:00.000Z',
      nextRotation: 'paused',
      lastCheck: { at: '2026-11-30T06:17:20.000Z', ok: false, summary: '1 ALARM, 2 drift' },
    },
  ]);
  expect(text)
    .toBe(`CLIENT   STANDS      LAST RUN                                  ROTATED     NEXT ROTATION  LAST CHECK
grafana  unmanaged   –                                         –           –              –
photos   absent      deregistered 2026-11-30 14:05Z            –           –              –
wiki     ?           registration timed out 2026-11-30 14:05Z  –           –              –
zot      registered  rotation failed 2026-11-30 14:05Z         2026-09-01  paused         1 ALARM, 2 drift 2026-11-30 06:17Z

unmanaged: made by hand; oidc-registrar import NAME writes its registration (docs/how-to/adopt.md)
absent: taken out, or never there
?: no run that Temporal still keeps tells; oidc-registrar list --repo DIR reads a working copy, too`);
});

it('shows a client that has just been registered as the tutorial does', () => {
  const tutorial = readFileSync(new URL('../../docs/tutorial.md', import.meta.url), 'utf8');
  const lastRun = { type: 'registerClient', outcome: 'registered', at: '2026-12-01T03:44:42.403Z' } as const;
  expect(tutorial).toContain(`\n${listText([{ client: 'zot', stands: 'registered', lastRun }])}\n`);
});

it('names its commands as they are typed in a clone', () => {
  vi.stubEnv('REGISTRAR_TYPED_AS', 'npm run cli --');
  const heldUp = { due: '2026-11-30T02:10:00.000Z', waits: false };
  const text = listText([
    { client: 'grafana', stands: 'unmanaged' },
    { client: 'photos', stands: 'file' },
    { client: 'zot', stands: 'registered', heldUp },
  ]);
  expect(text.match(/npm run cli -- \w+ \w+/g)).toEqual([
    'npm run cli -- register NAME',
    'npm run cli -- import NAME',
    'npm run cli -- rotate zot',
  ]);
});

it('tells of rotations that did not begin when they were due', () => {
  const due = '2026-11-30T02:10:00.000Z';
  const next = '2027-02-28T02:10:00.000Z';
  const lines = listText([
    { client: 'grafana', stands: 'registered', nextRotation: next, heldUp: { due, waits: true } },
    { client: 'zot', stands: 'registered', nextRotation: next, heldUp: { due, waits: false } },
  ]).split('\n');
  expect(lines[1]).toContain('waits');
  expect(lines[2]).toContain('2027-02-28 02:10Z');
  expect(lines.slice(4)).toEqual([
    'grafana: the rotation that was due 2026-11-30 02:10Z waits for the end of the run that is open; oidc-registrar status grafana shows that one',
    'zot: the rotation that was due 2026-11-30 02:10Z was left out, for another run was open; oidc-registrar rotate zot makes up for it',
  ]);
});
