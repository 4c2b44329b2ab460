import { isAlias, isNode, visit, type Node } from 'yaml';
import type { Splice } from '../yaml/edit.ts';
import { sameData } from '../yaml/sameData.ts';
import type { Section } from './blueprintSection.ts';
import { isSurplus } from './sameSection.ts';

/** Whether entries of which the registration does not speak say the same in a changed section: an anchor may reach from one entry into others. */
export function leavesOthers(there: Section, after: Section, asked: Section): boolean {
  const others = ({ entries, absent }: Section): unknown[] =>
    [...entries, ...absent]
      .filter((entry) => !asked.entries.some(({ key }) => key !== undefined && key === entry.key))
      .filter((entry) => !isSurplus(entry, asked))
      .map(({ model, id, values }) => ({ model, id, values }));
  return sameData(others(there), others(after));
}

/** The anchor of a part that splices change and that is taken over elsewhere; undefined where there is none. */
export function anchorReached({ document }: Section, splices: readonly Splice[]): string | undefined {
  const aliases = new Set<string>();
  const anchored: (Node & { anchor?: string })[] = [];
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) aliases.add(node.source);
      else if (isNode(node) && 'anchor' in node && node.anchor !== undefined) anchored.push(node);
    },
  });
  return anchored.find(({ anchor, range }) => {
    const [start, end] = range ?? [0, 0];
    return (
      anchor !== undefined &&
      aliases.has(anchor) &&
      splices.some(({ offset, remove }) => offset <= end && offset + remove.length >= start)
    );
  })?.anchor;
}
