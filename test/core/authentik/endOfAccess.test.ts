import { describe, expect, it } from 'vitest';
import { renderBlueprint } from '../../../core/authentik/renderBlueprint.ts';
import { differencesOf, wantedState, type FoundState } from '../../../core/authentik/wantedState.ts';
import { keptWarnings } from '../../../core/changes/unaskedChanges.ts';
import { endFindings } from '../../../core/check/ends.ts';
import { updateSection } from '../../../core/edits/blueprint/updateSection.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';

const installation = installationSchema.parse(caseInstallation);
const END = '2027-06-30T18:00:00Z';

/** A client that lets staff and guests in, each until then. */
function client(until?: Readonly<Record<string, string>>, beside: object = {}) {
  const access = { groups: ['staff', 'guests'], ...(until === undefined ? {} : { until }), ...beside };
  const registration = checkRegistration({ ...zotRegistration, spec: { ...zotRegistration.spec, access } }, 'test');
  const names = resolveNames(registration, installation);
  const render = (authentikVersion = '2026.8.3') =>
    renderBlueprint({ registration, installation, names, authentikVersion });
  return { registration, render, wanted: wantedState(registration, installation, names) };
}

/** What Authentik holds where it is as asked, with these ends of staff and guests. */
function holding({ wanted }: ReturnType<typeof client>, ...ends: readonly (string | null | undefined)[]): FoundState {
  return { ...wanted, bindings: wanted.bindings.map((binding, i) => ({ ...binding, until: ends[i] })) };
}

describe('access that ends', () => {
  it('is written in one form, whatever zone people write it in', () => {
    const { text } = client({ guests: '2027-06-30T20:00:00+02:00' }).render();
    expect(text.match(/^ +(?:order|expiring|expires): .*/gm)?.map((line) => line.trim())).toEqual([
      'order: 0',
      'order: 0',
      'order: 1',
      'order: 1',
      'expiring: true',
      `expires: "${END}"`,
    ]);
  });

  it('ends no more where that is asked for, and is left alone where nothing is', () => {
    expect(client({ staff: 'never' }).render().text).toContain('expiring: false\n      expires: null\n');
    expect(client().render().text).not.toMatch(/expir/);
  });

  it('is refused of a group that has none, and by a release whose bindings cannot end', () => {
    expect(() => client({ other: END })).toThrow('spec.access.until.other: is no group of spec.access.groups');
    expect(() => client({ staff: '2027-06-30' })).toThrow('spec.access.until.staff');
    expect(() => client({ staff: END }).render('2026.5.0')).toThrow(
      'spec.access.until: a policy binding of Authentik 2026.5.0 cannot end',
    );
    expect(client().render('2026.5.0').warnings).toEqual([]);
  });

  it('is warned of where every binding ends', () => {
    const open = 'an application without one is open to everyone';
    expect(client({ staff: END, guests: END }).render().warnings.join()).toContain(open);
    expect(client({ staff: END }).render().warnings).toEqual([]);
    expect(client({ staff: END, guests: 'never' }).render().warnings).toEqual([]);
    expect(client({ staff: END, guests: END }, { users: ['bob'] }).render().warnings).toEqual([]);
    expect(client({}, { groups: [], users: ['bob'] }).render().warnings).toEqual([]);
  });

  it.each(['constructor', 'toString', 'valueOf'])('does not end of a group that is called %s', (group) => {
    const { wanted } = client({ staff: END }, { groups: ['staff', group] });
    expect(wanted.bindings.map(({ until }) => until)).toEqual([END, undefined]);
  });

  it('ends in a year of four figures, wherever on earth', () => {
    expect(() => client({ staff: '9999-12-31T23:59:59-23:00' })).toThrow('spec.access.until.staff: must be a date');
    expect(client({ staff: '9999-12-31T23:59:59Z' }).wanted.bindings[0]?.until).toBe('9999-12-31T23:59:59Z');
  });

  it('changes a section by the two lines alone, and one that people wrote otherwise not at all', () => {
    const plain = { described: false };
    const [before, after] = [client().render().text, client({ guests: END }).render().text];
    expect(updateSection(before, after, plain)).toBe(after);
    const byHand = after.replace('expiring: true', 'expiring: "yes"').replace(`"${END}"`, '2027-06-30T20:00:00+02:00');
    expect(updateSection(byHand, after, plain)).toBe(byHand);
    expect(updateSection(after, before, plain), 'what nobody asks for is people’s').toBe(after);
  });
});

describe('an end that Authentik holds', () => {
  const asked = client({ staff: END, guests: 'never' });
  const what = (found: FoundState, of = asked) => differencesOf(of.wanted, found).map((each) => each.what);

  it('is as asked, or differs by what is told', () => {
    expect(what(holding(asked, END, null))).toEqual([]);
    expect(what(holding(asked, null, null))).toEqual([
      `access of staff does not end, and is asked to be one that ends on ${END}`,
    ]);
    expect(what(holding(asked, END, END))).toEqual([
      `access of guests ends on ${END}, and is asked to be one that does not end`,
    ]);
    expect(what(holding(asked, undefined, null))).toHaveLength(1);
  });

  it('is no difference where nobody asks for one, and a run tells that it is kept', () => {
    const silent = client();
    const found = holding(silent, END, undefined);
    expect(what(found, silent)).toEqual([]);
    expect(keptWarnings(silent.wanted, silent.registration, found)).toEqual([
      `access of staff ends on ${END}, which the registration does not say and a run leaves so; write that, or "never", under spec.access.until`,
    ]);
    expect(keptWarnings(asked.wanted, asked.registration, holding(asked, END, null))).toEqual([]);
  });

  const [before, after] = [Date.parse(END) - 1, Date.parse(END)];
  const found = (of: ReturnType<typeof client>, ...ends: readonly (string | null)[]) => holding(of, ...ends).bindings;
  const told = (now: number, of: ReturnType<typeof client>, ...ends: readonly (string | null)[]) =>
    endFindings(of.wanted, found(of, ...ends), now).map((each) => `${each.severity} ${each.what}`);

  it('is a notice while it is to come, and drift from then on', () => {
    expect(told(before, asked, END, null)).toEqual([`notice access of staff ends on ${END}`]);
    expect(told(before, client(), END, null)).toEqual([
      `notice access of staff ends on ${END}, which the registration does not say`,
    ]);
    expect(told(after, asked, END, null)).toEqual([`drift access of staff ended on ${END}`]);
    expect(told(after, asked, null, null)).toEqual([]);
  });

  it('says what becomes of an application whose bindings all end', () => {
    for (const line of told(before, client(), END, END)) expect(line).toContain('is open to everyone');
    expect(told(before, client(), END, null).join()).not.toContain('open to everyone');
  });
});
