import { describe, expect, it } from 'vitest';
import { extraFilesOf, withoutTakenUp } from '../../core/changes/extraFiles.ts';
import { planFileChanges, planFileRemovals } from '../../core/changes/fileChanges.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { resolveNames } from '../../core/names/names.ts';
import { caseInstallation, zotRegistration } from '../fixtures/zot.ts';

const installation = installationSchema.parse(caseInstallation);
const files = [
  { path: 'changelog.d/<<client>>.feature.md', text: '<<displayName>> (<<clientId>>) signs in at <<issuer>>.' },
];
const spec = { ...zotRegistration.spec, consumers: [], files };
const registration = checkRegistration({ ...zotRegistration, spec }, 'test');
const names = resolveNames(registration, installation);
const PATH = 'changelog.d/zot.feature.md';
const TEXT = `Zot (zot) signs in at ${names.issuer}.\n`;

/** Only what is done with the file; the others are not of interest here. */
function input(text?: string) {
  const read = (path: string): string | undefined => (path === PATH ? text : undefined);
  return { registration, installation, names, blueprintText: '', steps: ['renderAnsibleFiles'], read } as const;
}

describe('a file that goes with the registration', () => {
  it('is written with its placeholders filled', () => {
    expect(extraFilesOf(registration, names)).toEqual([{ entry: 'file/0', path: PATH, text: TEXT }]);
    expect(planFileChanges(input())).toMatchObject([{ path: PATH, kind: 'created', after: TEXT }]);
    expect(planFileChanges(input(TEXT))).toMatchObject([{ kind: 'alreadyThere' }]);
  });

  it.each([
    '.github/workflows/a.yml',
    '.gitlab-ci.yml',
    '.woodpecker/a.yaml',
    'ci/Jenkinsfile',
    '.forgejo/workflows/b.yaml',
  ])('is not %s, which a CI system would run', (path) => {
    const asked = { ...spec, files: [{ path, text: 'x' }] };
    expect(() => checkRegistration({ ...zotRegistration, spec: asked }, 'test')).toThrow(
      'must not be what a CI system runs',
    );
  });

  it.each([
    ['.<<client>>/workflows/a.yml', 'github', '".github/workflows/a.yml" must not be what a CI system runs'],
    ['.gitlab-ci.<<client>>', 'yml', '".gitlab-ci.yml" must not be what a CI system runs'],
    ['.<<client>>/hooks/pre-commit', 'git', 'must not lead into .git'],
    ['modules/.GIT/config', 'zot', 'must not lead into .git'],
    ['docs//a.md', 'zot', 'must name a file'],
    ['docs/', 'zot', 'must name a file'],
  ])('is not %s of client %s', (path, name, message) => {
    const asked = { ...spec, files: [{ path, text: 'x' }] };
    expect(() => checkRegistration({ ...zotRegistration, metadata: { name }, spec: asked }, 'test')).toThrow(message);
  });

  it.each(['.changeset/zot.md', '.changes/unreleased/zot.yaml', 'docs/gitlab-ci.yml'])('may be %s', (path) => {
    const asked = { ...spec, files: [{ path, text: 'x' }] };
    expect(checkRegistration({ ...zotRegistration, spec: asked }, 'test').spec.files).toEqual(asked.files);
  });

  it('is not written over one that says something else', () => {
    expect(() => planFileChanges(input('something else\n'))).toThrow(PATH);
    // It may be any file of theirs.
    expect(() => planFileChanges(input('hunter2\n'))).not.toThrow('hunter2');
    expect(() => planFileChanges(input('hunter2\n'))).toThrow('another file, of 8 characters');
  });

  it('is deleted again, unless somebody has edited it, and gone is gone', () => {
    expect(planFileRemovals(input(TEXT))).toMatchObject([{ kind: 'changed', after: null }]);
    expect(planFileRemovals(input(`${TEXT}More.\n`))).toMatchObject([{ kind: 'kept' }]);
    expect(planFileRemovals(input())).toMatchObject([{ kind: 'alreadyGone' }]);
  });

  it.each([
    ['a registration that stands', ['alreadyThere', 'alreadyThere'], true],
    ['one that is made', ['created', 'changed'], false],
    ['one that stands in part', ['alreadyThere', 'changed'], false],
  ] as const)('that is gone beside %s: taken up is %s', (_, kinds, takenUp) => {
    const others = kinds.map((kind, i) => ({ entry: `other/${i}`, path: `${i}`, kind }));
    const file = { entry: 'file/0', path: PATH, kind: 'created' };
    expect(withoutTakenUp([...others, file])).toEqual(takenUp ? others : [...others, file]);
  });

  it('that is new to a registration that is changed is made, one that was named before is not', () => {
    const others = [{ entry: 'configMap', path: 'map.yaml', kind: 'updated' }];
    const file = { entry: 'file/0', path: PATH, kind: 'created' };
    expect(withoutTakenUp([...others, file], [PATH])).toEqual(others);
    expect(withoutTakenUp([...others, file], ['another.md'])).toEqual([...others, file]);
    expect(
      withoutTakenUp([{ ...others[0], kind: 'changed', entry: 'configMap', path: 'map.yaml' }, file], [PATH]),
    ).toHaveLength(2);
  });

  it('that is all there is to a change is made', () => {
    const file = { entry: 'file/0', path: PATH, kind: 'created' };
    expect(withoutTakenUp([file])).toEqual([file]);
  });
});
