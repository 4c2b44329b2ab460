import { describe, expect, it } from 'vitest';
import { planFileChanges, planFileRemovals } from '../../../core/changes/fileChanges.ts';
import { noLongerNamed } from '../../../core/consumers/consumersOf.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { checkRegistration, readRecord } from '../../../core/installation/readFiles.ts';
import { recordEdit } from '../../../core/changes/recordEdit.ts';
import { recordOf } from '../../../core/run/record.ts';
import { recordPath } from '../../../core/names/recordPath.ts';
import { type KnownFacts, renderRecord } from '../../../core/registration/record.ts';
import type { Job } from '../../../core/run/job.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';

const installation = installationSchema.parse(caseInstallation);
const registration = checkRegistration(zotRegistration, 'test');
const PATH = recordPath(installation, 'zot');
const GROUPS = registration.spec.groups.map(({ name }) => name);
const ACCOUNTS = registration.spec.groups.flatMap((group) => group.serviceAccounts.map(({ username }) => username));

type Kind = Job['edits'][number]['kind'];

function recorded(
  section: Kind,
  {
    there = false,
    known,
    marked = false,
    names = {},
  }: { there?: boolean; known?: KnownFacts; marked?: boolean; names?: Partial<Job['names']> } = {},
) {
  return recordOf({
    job: {
      registration,
      names: names as Job['names'],
      continued: false,
      edits: [{ step: 'syncBlueprint', entry: 'configMap', path: 'x', kind: section }],
      before: {
        groups: there ? GROUPS : [],
        users: there ? ACCOUNTS : [],
        vaultField: there,
      } as unknown as Job['before'],
    },
    known,
    marked: { groups: marked ? GROUPS : [], users: marked ? ACCOUNTS : [], vaultField: marked },
    authentik: '2026.5.0',
  });
}

function origins({ origin }: KnownFacts): readonly string[] {
  return [...new Set([...Object.values(origin.groups), ...Object.values(origin.serviceAccounts), origin.vaultField])];
}

it('a record keeps which item the client has, once there is one', () => {
  const vaultItem = { title: 'oidc-zot', client: 'zot' };
  expect(recorded('changed', { names: { vaultItem } })).not.toHaveProperty('vaultItem');
  const found = recorded('updated', { names: { vaultItem: { ...vaultItem, id: 'an-id' } } });
  expect(found.vaultItem).toEqual({ title: 'oidc-zot', id: 'an-id' });
  expect(readRecord(renderRecord(found), PATH, 'zot')).toEqual(found);
});

describe('what a record says of where things come from', () => {
  const known = (origin: 'made' | 'adopted' | 'unknown'): KnownFacts => {
    const all = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, origin]));
    return {
      delivered: { consumers: [], files: [], earlier: 'known' },
      origin: { groups: all(GROUPS), serviceAccounts: all(ACCOUNTS), vaultField: origin },
    };
  };

  it.each([
    ['made by the run that found nothing', recorded('changed'), 'made'],
    ['adopted by the run that registers the client', recorded('changed', { there: true }), 'adopted'],
    ['unknown of a client that nothing is known of', recorded('updated', { there: true }), 'unknown'],
    ['made where the systems say so by their mark', recorded('updated', { there: true, marked: true }), 'made'],
    ['as it was recorded', recorded('updated', { there: true, known: known('adopted') }), 'adopted'],
    [
      'as it was recorded, whatever mark it bears',
      recorded('updated', { there: true, known: known('adopted'), marked: true }),
      'adopted',
    ],
    [
      'made where a history could not say it, and the mark does',
      recorded('updated', { there: true, known: known('unknown'), marked: true }),
      'made',
    ],
    ['unknown as long as it is', recorded('updated', { there: true, known: known('unknown') }), 'unknown'],
  ])('is %s', (_what, record, origin) => {
    expect(origins(record)).toEqual([origin]);
  });

  it('is adopted where a change first asks for what is there', () => {
    const before: KnownFacts = { ...known('made'), origin: { groups: {}, serviceAccounts: {}, vaultField: 'made' } };
    const { origin } = recorded('updated', { there: true, known: before });
    expect([origin.groups, origin.vaultField]).toEqual([
      Object.fromEntries(GROUPS.map((name) => [name, 'adopted'])),
      'made',
    ]);
  });

  it('says that nothing is known of earlier consumers until a record has said so', () => {
    expect(recorded('changed').delivered.earlier).toBe('known');
    expect(recorded('updated').delivered.earlier).toBe('unknown');
    expect(recorded('updated', { known: known('made') }).delivered.earlier).toBe('known');
  });
});

describe('the text of a record', () => {
  const text = renderRecord(recorded('changed'));

  it('reads back, with all that takes a consumer out again', () => {
    const read = readRecord(text, PATH, 'zot');
    expect(read).toEqual(recorded('changed'));
    const none = checkRegistration({ ...zotRegistration, spec: { ...zotRegistration.spec, consumers: [] } }, 'test');
    expect(noLongerNamed(read.delivered.consumers, none, 'hub')).toEqual({ former: registration.spec.consumers });
  });

  it.each([
    ['of another client', text.replace('name: zot', 'name: zap'), 'is "zap", not "zot"'],
    ['with another origin', text.replaceAll(': made', ': mine'), 'origin'],
    ['that is no YAML', '{', 'not YAML'],
  ])('is refused %s', (_what, other, why) => {
    expect(() => readRecord(other, PATH, 'zot')).toThrow(why);
  });

  it('stands in a file that no worker, kustomize, Argo CD or Ansible reads by its name', () => {
    expect(PATH).toBe(`${installation.gitops.registrations}/zot.oidc-record`);
    expect(PATH).not.toMatch(/\.(ya?ml|json|jsonnet)$/);
  });

  it.each(['clients/zot.oidc-record', 'clients/zot.OIDC-Record', 'clients/a.oidc-<<client>>'])(
    'is in no file that spec.files may name: %s',
    (path) => {
      const files = [{ path, text: 'x' }];
      const named = { ...zotRegistration, metadata: { name: path.includes('<<') ? 'record' : 'zot' } };
      expect(() => checkRegistration({ ...named, spec: { ...named.spec, files } }, 'test')).toThrow(
        'a record of the job',
      );
    },
  );
});

describe('the edit of a record', () => {
  const edit = recordEdit(PATH, 'new\n');

  it('writes, and goes back to none or to the text from before, whatever people made of it', () => {
    expect(edit.add(undefined)).toMatchObject({ kind: 'changed', text: 'new\n' });
    expect(edit.add('new\n')).toMatchObject({ kind: 'alreadyThere' });
    expect(edit.add('old\n').kind).toBe('different');
    expect(edit.update?.('old\n')).toMatchObject({ kind: 'changed', text: 'new\n' });
    expect(edit.remove('of people\n')).toBe('delete');
    expect(edit.restore?.('of people\n', 'old\n')).toMatchObject({ kind: 'changed', text: 'old\n' });
  });
});

describe('the files of a change', () => {
  const input = (texts: Readonly<Record<string, string>>, record?: string) => ({
    registration,
    installation,
    names: {} as never,
    blueprintText: '',
    steps: ['renderAnsibleFiles'] as const,
    read: (path: string) => texts[path],
    ...(record === undefined ? {} : { record }),
  });
  const only = ({ entry }: { readonly entry: string }): boolean => entry === 'record';

  it('bring a record along only where the change says so', () => {
    const names = { ...input({}), names: { clientId: 'zot', issuer: 'i', vaultField: 'zot-secret' } as never };
    expect(planFileChanges(names, only)).toEqual([]);
    expect(planFileChanges({ ...names, record: 'new\n' }, only)).toMatchObject([{ path: PATH, kind: 'created' }]);
    const there = { ...names, read: () => 'old\n', record: 'new\n' };
    expect(planFileChanges(there, only)).toMatchObject([{ path: PATH, kind: 'updated', after: 'new\n' }]);
    expect(planFileRemovals({ ...there, origin: () => 'old\n' }, (entry) => entry === 'record')).toMatchObject([
      { kind: 'alreadyGone' },
    ]);
  });
});
