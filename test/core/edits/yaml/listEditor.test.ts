import { describe, expect, it } from 'vitest';
import { listEditor } from '../../../../core/edits/yaml/listEditor.ts';
import { inObject } from '../../../../core/edits/yaml/listPlace.ts';
import { bothWays, changed, crlf } from '../bothWays.ts';

interface Source {
  readonly secret: string;
}

/** A place that no edit of ours has: the sources of a Pod's first container. */
const editorOf = (makes?: number) =>
  listEditor<Source, { readonly secretRef?: { readonly name?: unknown } }>({
    at: (text) => ({
      ...inObject(text, 'Pod', 'it', ['spec', 'containers', 0, 'envFrom']),
      ...(makes === undefined ? {} : { makes }),
    }),
    key: 'name',
    entry: ({ secret }) => ({ secretRef: { name: secret } }),
    says: ({ secretRef }) => ({ name: secretRef?.name }),
    byHand: { indent: 2, above: 'envFrom:' },
  });
const editor = editorOf();
const pod = (lines: string): string => `kind: Pod\nmetadata: {name: it}\nspec:\n  containers:\n  - name: a\n${lines}`;

describe('a list that is told to the editor', () => {
  it('gets an entry after the last one like it, and its list where there is none', () => {
    const before = pod(
      '    envFrom:\n    - secretRef:\n        name: "x" # of others\n    - configMapRef: {name: b}\n',
    );
    expect(bothWays(editor, before, { secret: 'zot' })).toBe(`${before}    - secretRef:\n        name: zot\n`);
    const like = pod("    envFrom:\n    -   secretRef: {name: 'x'}\n    - secretRef: {name: b, optional: true}\n");
    expect(bothWays(editor, crlf(like), { secret: 'zot' })).toBe(crlf(`${like}    -   secretRef: {name: 'zot'}\n`));
    expect(bothWays(editor, pod('    image: x\n'), { secret: 'zot' })).toBe(
      pod('    image: x\n    envFrom:\n    - secretRef:\n        name: zot\n'),
    );
  });

  it('keeps an entry that says what ours does, and goes with it only where it may be made', () => {
    const sole = pod('    envFrom:\n      - secretRef: {name: zot, optional: true}\n');
    expect(editor.add(sole, { secret: 'zot' })).toEqual({ kind: 'alreadyThere', text: sole });
    expect(changed(editor.remove(sole, { secret: 'zot' })).text).toBe(pod(''));
    expect(editorOf(0).remove(sole, { secret: 'zot' })).toMatchObject({
      kind: 'refused',
      reason: 'the entry is the only one of its list',
    });
  });

  it('is refused where two go by our name, with the lines to add by hand', () => {
    const twice = pod('    envFrom:\n      - secretRef: {name: zot}\n      - secretRef: {name: zot}\n');
    expect(editor.add(twice, { secret: 'zot' })).toMatchObject({
      kind: 'refused',
      reason: 'spec.containers.0.envFrom holds 2 entries with name zot',
      addByHand: 'envFrom:\n  - secretRef:\n      name: zot',
    });
    expect(editorOf(0).add(pod(''), { secret: 'zot' })).toMatchObject({ kind: 'refused' });
  });
});

it('entries of a new list are indented as those of the list beside it are', () => {
  const beside = listEditor<Source, string>({
    at: (text) => inObject(text, 'Pod', 'it', ['spec', 'names']),
    key: 'name',
    entry: ({ secret }) => secret,
    says: (name) => ({ name }),
    byHand: { indent: 0 },
  });
  const text = pod('').replace('  containers', '  others:\n      - a\n  containers');
  expect(bothWays(beside, text, { secret: 'on' })).toBe(`${text}  names:\n  - "on"\n`);
  const only = 'kind: Pod\nmetadata: {name: it}\nspec:\n  others:\n      - a\n';
  expect(bothWays(beside, only, { secret: 'zot' })).toBe(`${only}  names:\n      - zot\n`);
});
