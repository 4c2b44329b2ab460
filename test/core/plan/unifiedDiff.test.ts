import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { unifiedDiff, type FileTexts } from '../../../core/plan/unifiedDiff.ts';
import { gitApply } from '../../fixtures/gitApply.ts';

/** git itself takes the diff, and makes of the files what they were to become. */
async function applied(files: readonly FileTexts[]): Promise<void> {
  const before = Object.fromEntries(
    files.flatMap((file) => (file.before === undefined ? [] : [[file.path, file.before]])),
  );
  const after = Object.fromEntries(
    files.flatMap((file) => (file.after === undefined ? [] : [[file.path, file.after]])),
  );
  expect(await gitApply(before, files.map((file) => unifiedDiff(file)).join(''))).toEqual(after);
}

it('is empty where nothing changes', () => {
  expect(unifiedDiff({ path: 'a', before: 'x\n', after: 'x\n' })).toBe('');
});

it('shows a new file, one that goes, and a last line without a line break', () => {
  expect(unifiedDiff({ path: 'roles/a.j2', before: undefined, after: 'one\ntwo' })).toBe(
    `diff --git a/roles/a.j2 b/roles/a.j2
new file mode 100644
--- /dev/null
+++ b/roles/a.j2
@@ -0,0 +1,2 @@
+one
+two
\\ No newline at end of file
`,
  );
  expect(unifiedDiff({ path: 'a', before: 'one\n', after: undefined })).toBe(
    `diff --git a/a b/a
deleted file mode 100644
--- a/a
+++ /dev/null
@@ -1 +0,0 @@
-one
`,
  );
});

it.each([
  ['a last line without a line break stays one', 'a\nb', 'a\nx\nb'],
  ['a last line without a line break gets a follower', 'a\nb', 'a\nb\nc'],
  ['line ends of another system stay', 'a\r\nb\r\nc\r\n', 'a\r\nx\r\nb\r\nc\r\n'],
  ['mixed line ends stay', 'a\nb\r\nc\n', 'a\nb\r\nx\r\nc\n'],
  ['an empty file is filled', '', 'a\n'],
  ['characters that only some take for a line end are none', 'a\u2028b\rc\u0085d\n', 'a\u2028b\rc\u0085d\nx\n'],
])('git takes it: %s', async (_name, before, after) => {
  await applied([{ path: 'file.yml', before, after }]);
});

it('git takes names with blanks, quotes and letters of any script', async () => {
  const names = ['with blank.yml', 'ordner/grün.yml', 'a "quoted" name.yml', ' leading', "it's.yml", 'tail '];
  await applied(names.flatMap((name) => [{ path: name, before: 'a\n', after: 'a\nb\n' }]));
  await applied(names.map((name) => ({ path: `new/${name}`, before: undefined, after: 'a\n' })));
});

it('git takes the diff of any two texts', async () => {
  const line = fc.constantFrom('', 'a', ' a', '-a', '+a', '@@ -1 +1 @@', '--- a/x', '\\ No newline', 'ä\t', 'a\r');
  const text = fc
    .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('', '\n', '\r\n'))
    .map(([lines, end]) => lines.join('\n') + end);
  const pairs = fc
    .sample(fc.tuple(text, text), { numRuns: 300, seed: 7 })
    .filter(([before, after]) => before !== after);
  expect(pairs.length).toBeGreaterThan(200);
  await applied(pairs.map(([before, after], i) => ({ path: `any/${i}`, before, after })));
});
