import { describe, expect, it } from 'vitest';
import { readSection } from '../../../../core/edits/blueprint/blueprintSection.ts';
import { withoutClient } from '../../../../core/edits/blueprint/leaveSection.ts';
import { sameSection } from '../../../../core/edits/blueprint/sameSection.ts';
import { identityOf } from '../../../../core/edits/blueprint/sectionFacts.ts';
import { updateSection } from '../../../../core/edits/blueprint/updateSection.ts';
import { rendered, written } from './rendered.ts';

const plain = { described: false };
const MODEL = 'model: authentik_core.application\n';
const withState = (line: string, model = MODEL) => written(rendered(), model, `${model}    ${line}\n`);

describe('an entry that Authentik does not always apply', () => {
  it.each(['created', '!Context how'])('says what it says, while nothing is to change: state %s', (state) => {
    const found = written(withState(`state: ${state}`), 'entries:\n', 'context: {how: created}\nentries:\n');
    expect(identityOf(readSection(found))).toEqual({ slug: 'zot', providerName: 'Zot', clientId: 'zot' });
    expect(sameSection(found, rendered(), plain)).toBe(true);
    expect(updateSection(found, rendered(), plain)).toBe(found);
  });

  it('is refused where the object must not be there yet, whoever’s entry it is', () => {
    const found = withState('state: must_created');
    expect(sameSection(found, rendered(), plain)).toBe(false);
    const reason = /has state: must_created, with which Authentik refuses the whole section once the object is there/;
    expect(() => updateSection(found, rendered(), plain)).toThrow(reason);
    const others = `${rendered()}  - model: authentik_core.application
    state: must_created
    identifiers: {slug: other}
    attrs: {name: other}
`;
    expect(sameSection(others, rendered(), plain)).toBe(true);
    expect(() => updateSection(others, rendered({ scopes: ['openid'] }), plain)).toThrow(reason);
  });

  it('is not changed where it is made once, for that would do nothing; its neighbours are', () => {
    const found = withState('state: created');
    expect(() => updateSection(found, rendered({ launchUrl: 'https://else.example.test' }), plain)).toThrow(
      /authentik_core\.application has state: created, so Authentik would not take up a change of meta_launch_url/,
    );
    const wanted = rendered({ scopes: ['openid'] });
    expect(sameSection(updateSection(found, wanted, plain), wanted, plain)).toBe(true);
  });

  it.each(['conditions: [!Context x]', 'state: !Env HOW'])('is in no way of reading, and never changed: %s', (line) => {
    const found = withState(line);
    expect(readSection(found).entries).toHaveLength(readSection(rendered()).entries.length);
    expect(sameSection(found, rendered(), plain)).toBe(false);
    expect(() => updateSection(found, rendered(), plain)).toThrow(/its entry of model authentik_core\.application has/);
  });

  it('has no conditions where the list of them is empty', () => {
    expect(sameSection(withState('conditions: []'), rendered(), plain)).toBe(true);
  });

  it('is no client where it deletes', () => {
    const found = withState('state: absent');
    expect(identityOf(readSection(found))).toBeUndefined();
    expect(sameSection(found, rendered(), plain)).toBe(false);
    expect(() => updateSection(found, rendered(), plain)).toThrow(/state: absent deletes what is asked for/);
  });

  it('stays where it deletes something else, also when the client leaves the section', () => {
    const gone = `${rendered()}  - model: authentik_core.group\n    state: absent\n    identifiers: {name: former}\n`;
    expect(sameSection(gone, rendered(), plain)).toBe(true);
    expect(updateSection(gone, rendered({ scopes: ['openid'] }), plain)).toContain('state: absent');
    const left = withoutClient(gone, rendered(), plain);
    expect(left).toContain('state: absent');
    expect(left).not.toContain('zot-app');
  });

  it('lets somebody in where it is a binding that is not asked for', () => {
    const more = `${rendered()}  - model: authentik_policies.policybinding
    state: created
    identifiers: {order: 7, target: !KeyOf zot-app}
    attrs: {group: !Find [authentik_core.group, [name, friends]]}
`;
    expect(sameSection(more, rendered(), plain)).toBe(false);
    expect(updateSection(more, rendered(), plain)).toBe(rendered());
  });
});
