import { describe, expect, it } from 'vitest';
import { claimedBy, fieldOwner, undeclared, type FieldClaims } from '../../../core/policy/fieldOwner.ts';
import { readersIn, readsByTool } from '../../../core/policy/fieldReaders.ts';
import { referencesIn } from '../../../core/base/words.ts';
import { registrationSchema } from '../../../core/registration/registration.ts';
import { type Names, resolveNames } from '../../../core/names/names.ts';
import { caseInstallation, shortFiles, zotRegistration } from '../../fixtures/zot.ts';

const installation = shortFiles();
const ITEM = caseInstallation.vault.itemTitle;

/** Names of a client, with another field than the pattern gives. */
function namesOf(client: string, vaultField?: string): Names {
  const registration = registrationSchema.parse({
    ...zotRegistration,
    metadata: { name: client },
    spec: { ...zotRegistration.spec, ...(vaultField === undefined ? {} : { vaultField }) },
  });
  return resolveNames(registration, installation);
}

const zot = namesOf('zot');

function readers(text: string, names = zot) {
  return readersIn(text, 'a.yaml', { names, installation, secrets: new Set(['authentik-env', 'authentik-more']) });
}

const secret = (
  name: string,
  key: string,
  property: string,
  { namespace = 'authentik', target = name } = {},
): string => `
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  target: {name: ${target}}
  data:
    - secretKey: ${key}
      remoteRef: {key: "${ITEM}", property: ${property}}
`;

const deployment = (container: string, namespace = 'authentik'): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: server, namespace: ${namespace}}
spec: {template: {spec: {containers: [{name: server, ${container}}]}}}
`;

const variable = (name: string, key: string, from = 'authentik-env'): string =>
  `env: [{name: ${name}, valueFrom: {secretKeyRef: {name: ${from}, key: ${key}}}}]`;

/** Authentik's own ExternalSecret, which fetches the client's field as `fetched` and has these lines of a template. */
const passedOn = (lines: string): string =>
  secret('authentik', 'fetched', 'zot-client-secret', { target: 'authentik-env' }).replace(
    'target: {name: authentik-env}',
    `target: {name: authentik-env, template: {data: {${lines}}}}`,
  );

it.each([
  ['its own line', 'zot-client-secret: "{{ .fetched }}"', []],
  ['another line', 'other: "{{ .fetched }}"', ['key fetched']],
  ['its own line and another', 'zot-client-secret: "{{ .fetched }}", other: "{{ .fetched }}"', ['key fetched']],
  [
    'a line that makes something else of it',
    'zot-client-secret: "{{ .fetched }}", b: "x{{ .fetched }}"',
    ['key fetched'],
  ],
])(
  'takes an entry whose value a template passes on for the client’s own by where it arrives: %s',
  (_, lines, readBy) => {
    const found = readers(passedOn(lines)).map(({ what }) => what.replace(/ of .*/, ''));
    expect(found).toEqual(readBy);
  },
);

it.each([
  ['an annotation', 'metadata: {annotations: {x: "{{ .fetched }}"}}', 'spec.target.template.metadata'],
  ['a label', 'metadata: {labels: {x: \'{{ index . "fetched" }}\'}}', 'spec.target.template.metadata'],
  ['a literal', 'templateFrom: [{literal: "A: {{ .fetched }}"}]', 'spec.target.template.templateFrom'],
])(
  'finds what reads the value beside the keys of its own template, which would fail without it: %s',
  (_, part, what) => {
    const own = passedOn('zot-client-secret: "{{ .fetched }}"').replace('{data:', `{${part}, data:`);
    expect(readers(own).map((reader) => reader.what.replace(/ of .*/, ''))).toEqual([what]);
  },
);

it('names the variable of a mapping, also the client’s own where no edit would take it out with the key', () => {
  const values = `worker: {env: {${zot.envVar}: {valueFrom: {secretKeyRef: {name: authentik-env, key: ${zot.secretKey}}}}}}`;
  const found = readers(values);
  expect(found.map(({ what }) => what)).toEqual([`variable ${zot.envVar} of its values`]);
  expect(claimedBy(zot, claims({ readers: found, own: `x: !Env ${zot.envVar}` }))).toHaveLength(1);
  const short = `env: {${zot.envVar}: {secretKeyRef: {name: authentik-env, key: ${zot.secretKey}}}}`;
  expect(readers(short).map(({ what }) => what)).toEqual([`variable ${zot.envVar} of its values`]);
  // The place that the job edits, and another one of the same file.
  const authentik = {
    ...installation.authentik,
    deployment: { ...installation.authentik.deployment, file: 'a.yaml', valuesPath: 'worker.env' },
  };
  const edited = { names: zot, installation: { ...installation, authentik }, secrets: new Set(['authentik-env']) };
  expect(readersIn(values, 'a.yaml', edited)).toEqual([]);
  expect(readersIn(`${values}\nserver: {${short}}`, 'a.yaml', edited)).toHaveLength(1);
});

const FIELD = 'zot-client-secret';

/** One that extracts the item, with a template. */
const whole = (lines: string, name = 'authentik', namespace = 'authentik'): string => `
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  target: {name: authentik-env, template: {data: ${lines}}}
  dataFrom: [{extract: {key: "${ITEM}"}}]
`;
const OTHERS: readonly (readonly [what: string, text: string, field: string])[] = [
  [
    "another key of Authentik's ExternalSecret",
    secret('authentik', 'django', FIELD, { target: 'authentik-env' }),
    FIELD,
  ],
  [
    "another ExternalSecret that Authentik's worker reads",
    secret('more', FIELD, FIELD, { target: 'authentik-more' }),
    FIELD,
  ],
  ['another variable', deployment(variable('AUTHENTIK_SECRET_KEY', FIELD)), FIELD],
  ['another variable in values of a chart', `worker:\n  ${variable('AUTHENTIK_SECRET_KEY', FIELD)}\n`, FIELD],
  ['all keys as variables', deployment('envFrom: [{secretRef: {name: authentik-env}}]'), 'AUTHENTIK_SECRET_KEY'],
  [
    'a file of another name',
    'kind: Deployment\nmetadata: {name: server}\nspec: {volumes: [{secret: {secretName: authentik-env, ' +
      `items: [{key: ${FIELD}, path: django}]}}]}\n`,
    FIELD,
  ],
];

const NOT_AUTHENTIKS: readonly (readonly [what: string, text: string])[] = [
  ["the client's own key", secret('authentik', FIELD, FIELD, { target: 'authentik-env' })],
  ["the client's own variable", deployment(variable(zot.envVar, FIELD))],
  [
    "the client's own file",
    `volumes: [{secret: {secretName: authentik-env, items: [{key: ${FIELD}, path: ${FIELD}}]}}]`,
  ],
  ['a key of that name in another Secret', deployment(variable('PASSWORD', FIELD, 'theirs'))],
  ['a Secret of that name in another namespace', deployment(variable('PASSWORD', FIELD), 'wiki')],
  [
    'all keys, of which the client’s is no setting of Authentik',
    deployment('envFrom: [{secretRef: {name: authentik-env}}]'),
  ],
  ['another field', secret('authentik', 'django', 'secret-key', { target: 'authentik-env' })],
  ['a field of that label in another item', secret('theirs', 'x', FIELD).replace(ITEM, 'Wiki')],
  ['a file that cannot be read', '{{ if .Values.x }}\nkind: [\n'],
];

function claims(given: Partial<FieldClaims>): FieldClaims {
  return { readers: [], sections: {}, registrations: [], ...given };
}

describe('who reads a field', () => {
  it.each(OTHERS)('%s is Authentik’s', (_what, text, field) => {
    const names = namesOf('zot', field);
    const found = readers(text, names);
    expect(found.map(({ of }) => of)).toEqual(['authentik']);
    expect(claimedBy(names, claims({ readers: found }))).toHaveLength(1);
  });

  it.each(NOT_AUTHENTIKS)('%s is not', (_what, text) => {
    expect(readers(text)).toEqual([]);
  });

  it.each([
    ['wiki', 'oidc', `key oidc of ExternalSecret wiki/wiki`],
    // A key of that name alone makes it nobody's of Authentik.
    ['wiki', FIELD, `key ${FIELD} of ExternalSecret wiki/wiki`],
    ['authentik', 'oidc', 'key oidc of ExternalSecret authentik/wiki'],
  ])("a service's own ExternalSecret in namespace %s, by key %s, is named and no claim", (namespace, key, what) => {
    const found = readers(secret('wiki', key, FIELD, { namespace }));
    expect(undeclared({ readers: found })).toEqual([`${what} (a.yaml)`]);
    expect(claimedBy(zot, claims({ readers: found }))).toEqual([]);
  });

  it.each([`${ITEM}/${FIELD}`, `${ITEM}/OIDC/${FIELD}`])('and so is one of the other provider, by %s', (key) => {
    const text = secret('wiki', 'oidc', FIELD, { namespace: 'wiki' }).replace(/\{key.*\}/, `{key: "${key}"}`);
    expect(undeclared({ readers: readers(text) })).toEqual(['key oidc of ExternalSecret wiki/wiki (a.yaml)']);
    expect(readers(text.replace(ITEM, 'Wiki'))).toEqual([]);
  });

  it.each([
    [`op read "op://vault/${ITEM}/${FIELD}"`, true],
    [`op read op://{{ vault }}/{{ item }}/${FIELD}`, true],
    [`op://vault/${installation.vault.itemId}/OIDC/${FIELD}`, true],
    [`lookup('community.general.onepassword', '${ITEM}', field='${FIELD}')`, true],
    [`op item get "${ITEM}" --fields label=${FIELD}`, true],
    [`# op read "op://vault/${ITEM}/${FIELD}"`, false],
    [`op read "op://vault/Wiki/${FIELD}"`, false],
    [`op read "op://vault/${ITEM}/${FIELD}-2"`, false],
    [`dest: /etc/${FIELD}`, false],
  ])('the line %s reads it: %s', (line, reads) => {
    expect(referencesIn('a', line, [readsByTool(zot, installation)])).toHaveLength(reads ? 1 : 0);
  });
});

describe('what others claim', () => {
  const [taken] = readers(deployment(variable('AUTHENTIK_WIKI_CLIENT_SECRET', FIELD)));
  if (taken === undefined) throw new Error('nobody reads it');
  const wiki = 'client_secret: !Env AUTHENTIK_WIKI_CLIENT_SECRET\n';

  it.each([
    ['the variable of a blueprint', { readers: [taken], sections: { 'wiki.yaml': wiki } }, 'for blueprint wiki.yaml'],
    [
      'the variable of a registration',
      { readers: [taken], registrations: [{ client: 'wiki', names: namesOf('wiki') }] },
      'for client wiki',
    ],
    [
      'a blueprint that reads our variable',
      { sections: { 'old.yaml': `x: !Env [${zot.envVar}, none]` } },
      'blueprint old.yaml of another client',
    ],
    [
      'a registration with the same field',
      { registrations: [{ client: 'b', names: namesOf('b', FIELD) }] },
      'client b names field zot-client-secret',
    ],
    [
      'a registration with the label that a rotation gives the old value',
      { registrations: [{ client: 'b', names: namesOf('b', `${FIELD}-previous`) }] },
      'client b names field zot-client-secret-previous',
    ],
  ])('%s is a claim', (_what, given, says) => {
    const found = claimedBy(zot, claims(given));
    expect(found).toHaveLength(1);
    expect(found.join()).toContain(says);
  });

  it.each([
    ['an older name of the variable in our own blueprint', { readers: [taken], own: wiki }],
    ['a comment of another blueprint', { sections: { 'old.yaml': `# !Env ${zot.envVar}` } }],
    ['a longer name in another blueprint', { sections: { 'old.yaml': `x: !Env ${zot.envVar}_2` } }],
    ['a registration with a field of its own', { registrations: [{ client: 'b', names: namesOf('b') }] }],
  ])('%s is none', (_what, given) => {
    expect(claimedBy(zot, claims(given))).toEqual([]);
  });
});

describe('whose a field is that is there', () => {
  const mark = { client: 'zot', vaultField: FIELD, changeId: 'c' };
  const theirs = claims({ registrations: [{ client: 'b', names: namesOf('b', FIELD) }] });

  it.each([
    ['marked', mark, false, claims({}), 'ours'],
    ["of the provider's value", undefined, true, claims({}), 'ours'],
    ['neither', undefined, false, claims({}), 'unknown'],
    ['marked under another label', { ...mark, vaultField: 'other' }, false, claims({}), 'unknown'],
    ['marked for another client', { ...mark, client: 'b' }, true, claims({}), 'others'],
    // A value that was taken over proves itself, and a mark may be of before the other came.
    ['marked, proven and claimed', mark, true, theirs, 'others'],
  ] as const)('%s', (_what, found, proven, given, is) => {
    expect(fieldOwner({ client: 'zot', names: zot, claims: given, mark: found, proven }).is).toBe(is);
  });
});

describe('an ExternalSecret with a template', () => {
  const keys = (text: string, field: string) =>
    readers(text, namesOf('zot', field)).map(({ of, what }) => `${of}: ${what}`);

  it("reads the client's field by its own line", () => {
    expect(keys(whole('{zot-client-secret: "{{ index . `zot-client-secret` }}", K: "{{ .K }}"}'), FIELD)).toEqual([]);
    const entry = secret('authentik', 'z', FIELD, { target: 'authentik-env' });
    const text = entry.replace(
      'name: authentik-env',
      'name: authentik-env, template: {data: {zot-client-secret: "{{ .z }}"}}',
    );
    expect(keys(text, FIELD)).toEqual([]);
  });

  it('reads a field of Authentik itself by a line of another key, with no entry that would name it', () => {
    expect(keys(whole('{AUTHENTIK_SECRET_KEY: "{{ .SECRET_KEY }}"}'), 'SECRET_KEY')).toEqual([
      'authentik: key AUTHENTIK_SECRET_KEY of ExternalSecret authentik/authentik',
    ]);
    expect(keys(whole('{URL: "x://{{ .DB }}@db"}'), 'DB')).toEqual([
      'authentik: key URL of ExternalSecret authentik/authentik',
    ]);
  });

  it('of others reads it once', () => {
    expect(keys(whole('{A: "{{ .W }}"}', 'wiki', 'docs'), 'W')).toEqual(['other: key A of ExternalSecret docs/wiki']);
    const entry = secret('wiki', 'w', 'W', { namespace: 'docs' });
    expect(keys(entry.replace('{name: wiki}', '{name: wiki, template: {data: {A: "{{ .w }}"}}}'), 'W')).toEqual([
      'other: key w of ExternalSecret docs/wiki',
    ]);
  });
});
