import * as fc from 'fast-check';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { addResource, listedResources, removeResource } from '../../../../core/edits/kubernetes/kustomization.ts';

const wanted = { resource: 'oidc/external-secret.yaml', namespace: 'photos' };

function changed(text: string): string {
  const outcome = addResource(text, wanted);
  if (outcome.kind !== 'changed') throw new Error(JSON.stringify(outcome));
  expect(addResource(outcome.text, wanted).kind).toBe('alreadyThere');
  expect(removeResource(outcome.text, wanted)).toMatchObject({ kind: 'changed', text });
  return outcome.text;
}

describe('an entry of resources', () => {
  it('comes last, and written as its neighbour is', () => {
    const text = `---
kind: Kustomization
resources:   # in this order
- "./deployment.yaml"
- './service.yaml'  # for the ingress
# - later.yaml

namespace: photos
`;
    expect(changed(text)).toBe(text.replace('# - later', "- './oidc/external-secret.yaml'\n# - later"));
  });

  it('may be the first of its kind', () => {
    const text = 'kind: Kustomization\r\nhelmCharts:\r\n  - name: photos\r\n    # its values\r\n';
    expect(changed(text)).toBe(`${text.trimEnd()}\r\nresources:\r\n  - oidc/external-secret.yaml\r\n`);
  });

  it('counts where it stands in other words', () => {
    const text = 'resources:\n  - a.yaml\n  - ./oidc/external-secret.yaml\n';
    expect(addResource(text, wanted)).toEqual({ kind: 'alreadyThere', text });
  });

  it.each([
    ['a list in flow style', 'resources: [a.yaml]\n', 'not a block list of paths'],
    ['an alias', 'x: &x\n  - a.yaml\nresources: *x\n', 'is behind an alias'],
    ['a shared list', 'resources: &x\n  - a.yaml\ncomponents: *x\n', 'is shared by the anchor &x'],
    ['another kind', 'kind: ConfigMap\ndata: {}\n', 'of another kind'],
    ['another namespace', 'namespace: music\nresources:\n  - a.yaml\n', 'its namespace is music'],
    ['a prefix of names', 'namePrefix: my-\nresources:\n  - a.yaml\n', 'its namePrefix would change the name'],
    ['two documents', 'resources:\n  - a.yaml\n---\nresources:\n  - b.yaml\n', 'not one kustomization'],
    ['an empty file', '', 'not one kustomization'],
  ])('is refused with %s, and the lines to add are shown', (_, text, reason) => {
    expect(addResource(text, wanted)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining(reason) as string,
      addByHand: 'resources:\n  - oidc/external-secret.yaml',
    });
  });

  it('is added and taken out without moving another byte', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}\.yaml$/);
    const entry = fc.record({
      name,
      quote: fc.constantFrom('', '"', "'"),
      dot: fc.constantFrom('', './'),
      comment: fc.constantFrom('', ' # x', '  #y'),
      above: fc.constantFrom('', '# why\n', '\n'),
    });
    const layout = fc.record({
      entries: fc.uniqueArray(entry, { minLength: 1, maxLength: 5, selector: (each) => each.name }),
      indent: fc.constantFrom(0, 2, 4),
      head: fc.constantFrom(
        '',
        '---\n',
        '# top\n---\napiVersion: kustomize.config.k8s.io/v1beta1\n',
        'kind: Kustomization\n\n',
      ),
      tail: fc.constantFrom('', 'namespace: photos\n', '\n# end\nimages:\n  - name: x\n'),
      windows: fc.boolean(),
      final: fc.boolean(),
    });
    fc.assert(
      fc.property(layout, ({ entries, indent, head, tail, windows, final }) => {
        const lines = entries.map(
          ({ name: file, quote, dot, comment, above }) =>
            `${above}${' '.repeat(indent)}- ${quote}${dot}${file}${quote}${comment}\n`,
        );
        const unix = `${head}resources:\n${lines.join('')}${tail}`;
        const ended = final ? unix : unix.trimEnd();
        const text = windows ? ended.replaceAll('\n', '\r\n') : ended;
        const after = changed(text);
        const before = parse(text) as { resources: string[] };
        const data = parse(after) as { resources: string[] };
        expect(data.resources.slice(0, -1)).toEqual(before.resources);
        expect(data.resources.at(-1)?.replace('./', '')).toBe(wanted.resource);
        expect({ ...data, resources: 0 }).toEqual({ ...before, resources: 0 });
      }),
      { numRuns: 300 },
    );
  });
});

it('lists what it names, without ./, and nothing where it does not parse', () => {
  expect(listedResources('resources:\n  - ./a.yaml\n  - "my-secret.yaml"\n')).toEqual(['a.yaml', 'my-secret.yaml']);
  expect(listedResources('resources: []\n')).toEqual([]);
  expect(listedResources('')).toEqual([]);
  expect(listedResources('resources: [\n')).toEqual([]);
});
