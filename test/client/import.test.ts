import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { importHandMade, type ImportOptions } from '../../client/commands/import.ts';
import { planOffline } from '../../client/commands/planOffline.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { filesOf, workingCopy } from '../fixtures/gitApply.ts';

/** The sample repository with Zot registered and its file gone again, beside a wiki that was made by hand. */
async function byHand(change: (files: Record<string, string>) => Record<string, string> = (files) => files) {
  const { files, installation } = await sampleLayout('manual');
  const registrar = path.join(await temporaryFolder(), 'registrar.yaml');
  await writeFile(registrar, stringify(installation));
  const first = await workingCopy({ ...files });
  const { files: planned, workingCopy: copy } = await planOffline({
    client: 'zot',
    repo: first,
    installation: registrar,
  });
  copy.write(planned);
  const { 'oidc-clients/zot.yaml': _zot, 'oidc-clients/status-page.yaml': _page, ...rest } = await filesOf(first);
  const repo = await workingCopy(change(rest));
  const run = (options: Partial<ImportOptions>) =>
    importHandMade({ client: undefined, all: false, write: false, repo, installation: registrar, ...options });
  return { repo, registrar, run, blueprints: installation.authentik.blueprints.file };
}

const UNREADABLE = `  broken.yaml: |
    version: 1
    entries: none
`;

describe('import --all', () => {
  it('prints a registration of each client below a table of all', async () => {
    const { run } = await byHand();
    const { text, code } = await run({ all: true });
    const documents = parseAllDocuments(text).map((each) => each.toJS() as { metadata: { name: string } } | null);
    expect(documents.flatMap((each) => each?.metadata.name ?? [])).toEqual(['wiki', 'zot']);
    expect(text).toMatch(
      /^# CLIENT +SECTION +OUTCOME +DETAIL\n# wiki +wiki\.yaml +taken +nothing would change\n# zot +zot\.yaml +taken/,
    );
    expect(text).toContain('# 2 of 2 clients taken\n');
    expect(code).toBe(0);
  });

  it('tells the same as data, and each fault of a registration once, by the file that it would be', async () => {
    const { run } = await byHand((files) => ({
      ...files,
      'identity/authentik/blueprints.yaml': `${files['identity/authentik/blueprints.yaml']}`.replaceAll(
        /redirect_uris:(?:\n +.*(?:matching_mode|url): .*)+/g,
        'redirect_uris: []',
      ),
    }));
    const { text, data } = await run({ all: true, write: true });
    expect(data.clients).toMatchObject([
      { client: 'wiki', state: 'not taken' },
      { client: 'zot', state: 'not taken' },
    ]);
    expect(text.match(/oidc-clients\/zot\.yaml: spec\.redirectUris/g)).toHaveLength(1);
    const { data: one } = await (await byHand()).run({ client: 'zot' });
    expect(one.clients).toMatchObject([
      {
        client: 'zot',
        state: 'taken',
        file: 'oidc-clients/zot.yaml',
        registration: expect.stringContaining('name: zot') as string,
      },
    ]);
  });

  it('writes a file of each, after which a plan of each is empty', async () => {
    const { repo, registrar, run } = await byHand();
    expect((await run({ all: true, write: true })).code).toBe(0);
    for (const client of ['wiki', 'zot'])
      expect((await planOffline({ client, repo, installation: registrar })).plan.unchanged, client).toBe(true);
  });

  it('says of a provider without property_mappings that it has no scope, and where to name some', async () => {
    const { run } = await byHand((files) => ({
      ...files,
      'identity/authentik/blueprints.yaml': `${files['identity/authentik/blueprints.yaml']}`.replaceAll(
        /^ +property_mappings:\n(?: +- .*\n)+/gm,
        '',
      ),
    }));
    expect((await run({ client: 'zot' })).text).toContain('# its provider names no property_mappings, and so no scope');
  });

  it('leaves a file that is there alone, and says so', async () => {
    const mine = 'apiVersion: oidc-registrar/v1\n# not finished\n';
    const { repo, run } = await byHand((files) => ({ ...files, 'oidc-clients/wiki.yml': mine }));
    const { text, code } = await run({ all: true, write: true });
    expect(text).toMatch(
      /wiki +wiki\.yaml +not taken +oidc-clients\/wiki\.yml is there already, and no registration of it: finish that file/,
    );
    expect(code).toBe(2);
    expect(await readFile(path.join(repo, 'oidc-clients/wiki.yml'), 'utf8')).toBe(mine);
    expect(Object.keys(await filesOf(repo)).filter((file) => file.startsWith('oidc-clients/'))).toEqual([
      'oidc-clients/wiki.yml',
      'oidc-clients/zot.yaml',
    ]);
  });

  it('writes nothing through a link, and tells of a folder that cannot be written to', async () => {
    const { repo, run } = await byHand();
    const outside = await temporaryFolder();
    await rm(path.join(repo, 'oidc-clients'), { recursive: true, force: true });
    await symlink(outside, path.join(repo, 'oidc-clients'));
    await expect(run({ client: 'wiki', write: true })).rejects.toMatchObject({ kind: 'Refused' });
    expect(await readdir(outside)).toEqual([]);
    await rm(path.join(repo, 'oidc-clients'));
    await writeFile(path.join(repo, 'oidc-clients'), 'no folder');
    await expect(run({ client: 'wiki', write: true })).rejects.toMatchObject({ kind: 'Refused' });
  });

  it('knows a client that is registered under another name by its slug', async () => {
    const { run } = await byHand();
    const { text } = await run({ client: 'wiki' });
    const other = parse(text) as { metadata: { name: string }; spec: { slug?: string } };
    Object.assign(other, { metadata: { name: 'pages' }, spec: { ...other.spec, slug: 'wiki' } });
    const again = await byHand((files) => ({ ...files, 'oidc-clients/pages.yaml': stringify(other) }));
    const { text: table } = await again.run({ all: true });
    expect(table).toMatch(/wiki .*registered +by oidc-clients\/pages\.yaml: "oidc-registrar plan pages" says what/);
    expect(table).toContain('# 1 registered already, 1 of 1 other clients taken\n');
    const message = 'oidc-clients/pages.yaml registers slug "wiki" already';
    await expect(again.run({ client: 'wiki', write: true })).rejects.toMatchObject({ kind: 'Collision', message });
  });

  it('names what it cannot read, and says of what it takes how many lines would change', async () => {
    const { blueprints } = await byHand();
    const { run } = await byHand((files) => ({
      ...files,
      [blueprints]: `${files[blueprints]?.replace(/signing_key: .*/, 'signing_key: null')}${UNREADABLE}`,
    }));
    const { text, code } = await run({ all: true });
    expect(text).toMatch(/# wiki .* taken +2 lines would change\n/);
    expect(text).toMatch(/# \? +broken\.yaml +not taken +the blueprint has no list of entries\n/);
    expect(text).toContain('# 2 of 3 clients taken');
    expect(code).toBe(2);
  });

  it('is well where every client is registered already', async () => {
    const { run } = await byHand();
    expect((await run({ all: true, write: true })).code).toBe(0);
    const { text, code } = await run({ all: true });
    expect(text).toMatch(/^# wiki +wiki\.yaml +registered +by oidc-clients\/wiki\.yaml/m);
    expect(text).toContain('# 2 registered already\n');
    expect(code).toBe(0);
  });

  it('is refused with a client, and without either', async () => {
    const { run } = await byHand();
    await expect(run({ client: 'wiki', all: true })).rejects.toMatchObject({ kind: 'BadInput' });
    await expect(run({})).rejects.toMatchObject({ kind: 'BadInput', message: 'no client is named' });
  });
});

it('says of one client that cannot be taken why, and names all that stand there', async () => {
  const { blueprints } = await byHand();
  const { run } = await byHand((files) => ({
    ...files,
    [blueprints]: `${files[blueprints]}${UNREADABLE}`,
  }));
  await expect(run({ client: 'nobody' })).rejects.toThrow(
    'known: wiki, zot, section broken.yaml (the blueprint has no list of entries)',
  );
});

it('takes a public client as one, and tells of a secret that stands there for nothing', async () => {
  const { blueprints } = await byHand();
  const { run } = await byHand((files) => ({
    ...files,
    [blueprints]: `${files[blueprints]?.replace('client_type: confidential', 'client_type: public')}`,
  }));
  const { text } = await run({ client: 'wiki' });
  expect(text).toContain('  clientType: public\n');
  expect(text).toContain('# its blueprint names a client_secret, and Authentik asks a public client for none');
  expect(text).not.toMatch(/vaultField|secretKey|envVar/);
});

it('shows no secret that stands in clear where a run would change it', async () => {
  const { blueprints } = await byHand();
  const { run } = await byHand((files) => ({
    ...files,
    [blueprints]: `${files[blueprints]?.replace(/client_secret: !Env .*/, 'client_secret: hunter2')}`,
  }));
  const { text } = await run({ client: 'wiki' });
  expect(text).toContain('the client secret is neither "!Env" nor "!File"');
  expect(text).not.toContain('hunter2');
});

it('says in a row of the table why an entry is not changed, and below it what stands there', async () => {
  const { blueprints } = await byHand();
  const { run } = await byHand((files) => ({
    ...files,
    [blueprints]: `${files[blueprints]?.replace(/client_secret: !Env .*/, 'client_secret: !File /keys/wiki')}`,
  }));
  const row = (await run({ all: true })).text.split('\n').find((line) => line.startsWith('# wiki')) ?? '';
  expect(row).toMatch(
    /not taken .*blueprints\.yaml: an entry of that name is there but different\. It is not changed: the section reads/,
  );
  expect(row).not.toContain('entries:');
  expect((await run({ client: 'wiki' })).text).toMatch(
    /different\. It is not changed: the section reads [^\n]* There:\n#/,
  );
});
