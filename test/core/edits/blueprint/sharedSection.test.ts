import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MADE_FOR, renderBlueprint } from '../../../../core/authentik/renderBlueprint.ts';
import { clientsIn } from '../../../../core/edits/blueprint/clientsIn.ts';
import {
  joinClientFile,
  removeClientFile,
  restoreClientFile,
  updateClientFile,
} from '../../../../core/edits/blueprint/clientFile.ts';
import {
  addClientSection,
  type ClientSection,
  removeClientSection,
  restoreClientSection,
  updateClientSection,
} from '../../../../core/edits/blueprint/clientSection.ts';
import { sectionIn } from '../../../../core/edits/kubernetes/mapSection.ts';
import type { EditOutcome } from '../../../../core/edits/yaml/edit.ts';
import { checkRegistration } from '../../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../../core/names/names.ts';
import { shortFiles } from '../../../fixtures/zot.ts';
import {
  application,
  binding,
  findApplication,
  findGroup,
  findProvider,
  group,
  provider,
  section,
} from './handWritten.ts';

const installation = shortFiles();
const key = { name: 'blueprints', key: 'apps.yaml' };
const DESCRIBED = '  labels:\n    blueprints.goauthentik.io/description: Of all\nentries:';

interface Asked {
  readonly redirectUris?: readonly string[];
  readonly groups?: readonly string[];
  readonly bound?: readonly string[];
}

/** The blueprint of client "wiki" as the job writes it. */
function wanted({
  redirectUris = ['https://wiki.example.test/cb'],
  groups = [],
  bound = ['cooks'],
}: Asked = {}): ClientSection {
  const registration = checkRegistration(
    {
      apiVersion: 'oidc-registrar/v1',
      kind: 'OidcClient',
      metadata: { name: 'wiki' },
      spec: {
        displayName: 'wiki',
        redirectUris: [...redirectUris],
        scopes: ['openid'],
        access: { groups: [...bound] },
        groups: groups.map((name) => ({ name, serviceAccounts: [{ username: `${name}-bot` }] })),
      },
    },
    'test',
  );
  const names = { ...resolveNames(registration, installation), envVar: 'WIKI_SECRET', blueprintKey: key.key };
  const { text } = renderBlueprint({ registration, installation, names, authentikVersion: '2026.5.0' });
  return { ...key, value: text, described: true, client: 'wiki', joins: true };
}

/** The blueprint that is changed, as a section of a ConfigMap and as a file of a generator. */
const layouts = [
  {
    layout: 'a section',
    file: (text: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: blueprints\ndata:\n  apps.yaml: |\n${text.replaceAll(/^(?=.)/gm, '    ')}`,
    read: (text: string) => sectionIn(text, key) ?? '',
    add: addClientSection,
    remove: removeClientSection,
    update: updateClientSection,
    restore: restoreClientSection,
  },
  {
    layout: 'a file',
    file: (text: string) => text,
    read: (text: string) => text,
    add: (text: string, asked: ClientSection): EditOutcome =>
      joinClientFile(text, asked) ?? { kind: 'different', found: text, wanted: '' },
    remove: removeClientFile,
    update: updateClientFile,
    restore: restoreClientFile,
  },
] as const;

const textOf = (outcome: EditOutcome | 'delete'): string => {
  expect(outcome).toMatchObject({ kind: 'changed' });
  return (outcome as { text: string }).text;
};

/** A client as people write it: ids or lookups, comments, blank lines, groups of its own, of all, or of the realm. */
const styles = fc.record({
  ids: fc.boolean(),
  comment: fc.constantFrom('', '  # of the kitchen\n', '\n  # ---- next ----\n'),
  bound: fc.constantFrom('none', 'found', 'shared', 'own'),
});
type Style = typeof styles extends fc.Arbitrary<infer T> ? T : never;

function handWritten(slug: string, { ids, comment, bound }: Style): string {
  const target = ids ? `!KeyOf ${slug}-app` : findApplication(slug);
  const named = { none: undefined, found: 'readers', shared: 'cooks', own: `${slug}-team` }[bound];
  const reference = bound === 'shared' && ids ? '!KeyOf group-cooks' : findGroup(named ?? '');
  return [
    comment,
    bound === 'own' ? group(`${slug}-team`, `team-${slug}`) : '',
    provider(slug, slug, ids ? undefined : ''),
    application(slug, ids ? `!KeyOf ${slug}-provider` : findProvider(slug)),
    named === undefined ? '' : binding(target, reference),
  ].join('');
}

const others = fc.record({
  before: fc.array(styles, { maxLength: 2 }),
  after: fc.array(styles, { maxLength: 2 }),
  ours: styles,
  end: fc.constantFrom('', '  # the end\n'),
});
type Others = typeof others extends fc.Arbitrary<infer T> ? T : never;

const blocks = (which: string, all: readonly Style[]): readonly string[] =>
  all.map((style, i) => handWritten(`${which}${i}`, style));

/** The lines of one text, all in their order among those of another. */
function holdsLines(text: string, lines: readonly string[]): boolean {
  let at = 0;
  for (const line of text.split('\n')) if (line === lines[at]) at += 1;
  return at === lines.length;
}

const some = { numRuns: 15 };

describe.each(layouts)(
  '$layout of several clients',
  { timeout: 120_000 },
  ({ file, read, add, remove, update, restore }) => {
    const withShared = ({ before, after, end }: Others, ours: string): string =>
      section(
        group('cooks'),
        provider('first'),
        application('first'),
        ...blocks('a', before),
        ours,
        ...blocks('b', after),
        end,
      );

    it('takes a new client behind its last entry, and gives every byte back', () => {
      fc.assert(
        fc.property(others, fc.subarray(['cooks', 'editors', 'first-team']), (made, groups) => {
          const text = withShared(made, '');
          const asked = wanted({ groups, bound: ['cooks', ...groups.filter((name) => name !== 'cooks')] });
          const joined = textOf(add(file(text), asked));
          expect(holdsLines(read(joined), text.trimEnd().split('\n'))).toBe(true);
          const slugs = clientsIn(new Map([['apps.yaml', read(joined)]])).clients.map(({ slug, refusal }) => [
            slug,
            refusal,
          ]);
          expect(slugs).toContainEqual(['wiki', undefined]);
          expect(add(joined, asked)).toMatchObject(
            add === addClientSection ? { kind: 'alreadyThere' } : { kind: 'different' },
          );
          expect(textOf(remove(joined, asked))).toBe(file(text));
        }),
        some,
      );
    });

    it('changes the entries of one client, and puts them back', () => {
      fc.assert(
        fc.property(others, (made) => {
          const text = withShared(made, handWritten('wiki', made.ours));
          const asked = wanted({ redirectUris: ['https://wiki.example.test/cb', 'https://two.example.test/cb'] });
          const changed = textOf(update(file(text), asked));
          for (const block of [...blocks('a', made.before), ...blocks('b', made.after)])
            expect(read(changed)).toContain(block.trim());
          expect(update(changed, asked)).toMatchObject({ text: changed });
          expect(textOf(restore(changed, file(text), asked))).toBe(file(text));
        }),
        some,
      );
    });

    it('takes out what is of one client alone', () => {
      fc.assert(
        fc.property(others, (made) => {
          const text = withShared(made, handWritten('wiki', made.ours));
          const asked = wanted();
          const there = textOf(update(file(text), asked));
          const left = read(textOf(remove(there, asked)));
          for (const block of [...blocks('a', made.before), ...blocks('b', made.after)])
            expect(left).toContain(block.trim());
          const found = clientsIn(new Map([['apps.yaml', left]])).clients;
          expect(found.map(({ slug }) => slug)).toEqual([
            'first',
            ...made.before.map((_, i) => `a${i}`),
            ...made.after.map((_, i) => `b${i}`),
          ]);
          expect(found.every(({ refusal }) => refusal === undefined)).toBe(true);
          expect(left).toContain('name: cooks');
          expect(remove(file(left), asked)).toMatchObject({ kind: 'alreadyThere' });
        }),
        some,
      );
    });

    it.each([
      ['groups', section(group('cooks'), group('readers'))],
      ['a group that the client asks for', section(group('editors'))],
      ['another description', section(group('cooks')).replace('entries:', DESCRIBED)],
    ])('takes the first client into one that holds %s, changes it, and lets it go', (_, text) => {
      const asked = wanted({ groups: ['editors'], bound: ['cooks', 'editors'] });
      const joined = textOf(add(file(text), asked));
      expect(holdsLines(read(joined), text.trimEnd().split('\n'))).toBe(true);
      expect(update(joined, asked)).toMatchObject({ text: joined });
      const more = { ...wanted({ groups: ['editors'] }), described: true };
      const changed = textOf(update(joined, more));
      for (const name of text.match(/(?<=identifiers:\n {6}name: ).*/g) ?? []) expect(read(changed)).toContain(name);
      expect(textOf(restore(changed, joined, more))).toBe(joined);
      expect(textOf(remove(joined, asked))).toBe(file(text));
    });

    it('says how a section comes to be of which nothing stands yet', () => {
      expect(add(file(section().replace('entries:', 'entries: []')), wanted())).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('take the section out, for a run makes one') as string,
      });
    });

    it('keeps a group that the job made once another client binds it', () => {
      const asked = wanted({ groups: ['editors'], bound: ['editors'] });
      const joined = read(textOf(add(file(section(provider('first'), application('first'))), asked)));
      const bound = `${joined}${binding('!KeyOf first-app', findGroup('editors'))}`;
      const left = read(textOf(remove(file(bound), asked)));
      expect(left).toContain(MADE_FOR);
      expect(left).not.toContain('wiki.example.test');
    });

    it('gives a new entry another id where somebody has its own', () => {
      const text = section(provider('first', 'first', 'wiki-provider'), application('first', '!KeyOf wiki-provider'));
      const joined = textOf(add(file(text), wanted()));
      expect(read(joined)).toContain('id: wiki-provider-2');
      expect(read(joined)).toContain('provider: !KeyOf wiki-provider-2');
      expect(textOf(remove(joined, wanted()))).toBe(file(text));
    });

    it('is never taken for another client’s', () => {
      const text = file(section(provider('first'), application('first'), provider('second'), application('second')));
      const { joins: _joins, ...alone } = wanted();
      expect(add(text, alone)).toMatchObject({ kind: 'different' });
      expect(update(text, alone)).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('no application of slug "wiki"') as string,
      });
      const renamed = file(
        section(provider('first'), application('first'), provider('wiki', 'Wiki'), application('wiki')),
      );
      expect(update(renamed, alone)).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('provider name "Wiki", not "wiki"') as string,
      });
    });
  },
);
