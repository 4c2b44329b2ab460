import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Splice } from '../../../../core/edits/yaml/edit.ts';
import { CannotEdit } from '../../../../core/edits/yaml/yamlDocument.ts';
import { apply, invert } from '../../../../core/edits/yaml/yamlSplice.ts';

/** A text, and splices of it that do not overlap. */
const spliced = fc
  .tuple(fc.array(fc.record({ keep: fc.string(), remove: fc.string(), insert: fc.string() })), fc.string())
  .map(([pieces, rest]) => {
    let text = '';
    const splices: Splice[] = [];
    for (const { keep, remove, insert } of pieces) {
      // Two splices at one offset would have no order.
      text += `${keep}|`;
      splices.push({ offset: text.length, remove, insert });
      text += remove;
    }
    return { text: text + rest, splices };
  });

describe('apply and invert', () => {
  it('give the text before, whatever the splices were and in whatever order', () => {
    fc.assert(
      fc.property(spliced, ({ text, splices }) => {
        expect(apply(apply(text, splices), invert(splices))).toBe(text);
        expect(apply(text, splices.toReversed())).toBe(apply(text, splices));
      }),
      { numRuns: 300 },
    );
  });

  it('take the splices at their own offsets of the text before', () => {
    const splices = [
      { offset: 0, remove: 'a', insert: 'xyz' },
      { offset: 2, remove: '', insert: '!' },
      { offset: 3, remove: 'd', insert: '' },
    ];
    expect(apply('abcd', splices)).toBe('xyzb!c');
    expect(invert(splices)).toEqual([
      { offset: 0, remove: 'xyz', insert: 'a' },
      { offset: 4, remove: '!', insert: '' },
      { offset: 6, remove: '', insert: 'd' },
    ]);
  });

  it('refuse a text that has changed since', () => {
    expect(() => apply('abXd', [{ offset: 2, remove: 'c', insert: '' }])).toThrow(CannotEdit);
  });
});
