import { describe, expect, it } from 'vitest';
import { namesIn, takenElsewhere } from '../../../../core/edits/blueprint/namesIn.ts';
import { installationSchema } from '../../../../core/installation/installation.ts';
import { checkRegistration } from '../../../../core/installation/readFiles.ts';
import { caseInstallation } from '../../../fixtures/zot.ts';
import { application, findProvider, provider, section } from './handWritten.ts';

const registration = checkRegistration(
  {
    apiVersion: 'oidc-registrar/v1',
    kind: 'OidcClient',
    metadata: { name: 'wiki' },
    spec: {
      displayName: 'Wiki',
      providerName: 'wiki',
      redirectUris: ['https://wiki.example.test/cb'],
      access: { groups: ['readers'] },
    },
  },
  'test',
);

function installation(joined?: string) {
  const { blueprints } = caseInstallation.authentik;
  return installationSchema.parse({
    ...caseInstallation,
    authentik: {
      ...caseInstallation.authentik,
      blueprints: { ...blueprints, ...(joined === undefined ? {} : { section: joined }) },
    },
  });
}

const others = section(provider('first'), application('first'));
const ours = section(provider('first'), application('first'), provider('wiki'), application('wiki'));
const at = (sections: Readonly<Record<string, string>>, joined?: string) =>
  namesIn(registration, installation(joined), new Map(Object.entries(sections)));

describe('the section of a client', () => {
  it('is the one that its entries stand in, whatever its key', () => {
    expect(at({ 'apps.yaml': ours })).toMatchObject({
      blueprintKey: 'apps.yaml',
      blueprintPath: 'custom/apps.yaml',
      blueprintName: 'By hand',
    });
    expect(at({ 'wiki.yaml': ours }, 'apps.yaml').blueprintKey).toBe('wiki.yaml');
  });

  it('is by the installation for one that stands nowhere', () => {
    expect(at({ 'first.yaml': others })).toMatchObject({
      blueprintKey: 'wiki.yaml',
      blueprintPath: 'custom/wiki.yaml',
    });
    expect(at({ 'first.yaml': others }, 'apps.yaml').blueprintKey).toBe('apps.yaml');
  });

  it.each([
    ['a provider of another name', section(provider('wiki', 'Another'), application('wiki'))],
    ['another client id', section(provider('wiki').replace('client_id: wiki', 'client_id: x'), application('wiki'))],
  ])('is still that of its slug with %s, for nothing of it is gone', (_name, text) => {
    expect(at({ 'apps.yaml': text }).blueprintKey).toBe('apps.yaml');
    expect(at({ 'apps.yaml': text, 'wiki.yaml': section(provider('wiki'), application('wiki')) }).blueprintKey).toBe(
      'wiki.yaml',
    );
    expect(takenElsewhere(at({ 'apps.yaml': text }), new Map([['apps.yaml', text]]), true)?.reason).toContain(
      'in section apps.yaml of the same ConfigMap',
    );
  });

  it('is never one of a key that Authentik does not read, and stays by its name where that is there', () => {
    expect(at({ 'apps.yml': ours }).blueprintKey).toBe('wiki.yaml');
    expect(at({ 'wiki.yaml': others }, 'apps.yaml').blueprintKey).toBe('wiki.yaml');
  });

  it('is told by slug and provider where the client id comes from a variable', () => {
    const text = ours.replace('client_id: wiki', 'client_id: !Env WIKI_ID');
    expect(at({ 'apps.yaml': text }).blueprintKey).toBe('apps.yaml');
  });
});

describe('names that another section has', () => {
  const taken = (sections: Readonly<Record<string, string>>) =>
    takenElsewhere(at({}), new Map(Object.entries(sections)))?.reason;

  it.each([
    ['slug', section(provider('other'), application('wiki', '!KeyOf other-provider')), 'slug "wiki" is'],
    ['provider', section(provider('other', 'wiki'), application('other')), 'provider name "wiki" is'],
    [
      'client id',
      section(provider('other').replace('client_id: other', 'client_id: "wiki"'), application('other')),
      'client id "wiki" is',
    ],
    [
      'slug of a section that cannot be edited',
      section(application('wiki').replace('    id:', '    conditions: [x]\n    id:')),
      'slug "wiki" is',
    ],
  ])('are named with it: the %s', (_name, text, says) => {
    expect(taken({ 'kitchen.yaml': text })).toContain(`${says} in section kitchen.yaml of the same ConfigMap`);
  });

  it('are told with both sections of a split client', () => {
    const split = {
      'providers.yaml': section(provider('wiki')),
      'applications.yaml': section(application('wiki', findProvider('wiki'))),
    };
    expect(taken(split)).toMatch(
      /^slug "wiki" is in section applications\.yaml, and provider name "wiki" and client id "wiki" are in section providers\.yaml/,
    );
  });

  it('are no collision of the client with itself, beside others', () => {
    const names = at({ 'apps.yaml': ours });
    expect(takenElsewhere(names, new Map([['apps.yaml', ours]]))).toBeUndefined();
    const twice = new Map([
      ['apps.yaml', ours],
      ['wiki.yaml', section(provider('wiki'), application('wiki'))],
    ]);
    expect(takenElsewhere(names, twice)?.reason).toContain('2 entries make its application');
  });

  it('are nobody’s where no section has them, or only the client’s own', () => {
    expect(taken({ 'first.yaml': others })).toBeUndefined();
    expect(taken({ 'wiki.yaml': section(provider('wiki'), application('wiki')) })).toBeUndefined();
    expect(taken({ 'wiki.yaml': section(provider('wiki', 'x'), application('wiki')) })).toBeUndefined();
  });
});
