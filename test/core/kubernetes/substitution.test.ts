import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrival, substitutionOf, untoldSentence, writtenFor } from '../../../core/kubernetes/substitution.ts';
import { shortFiles } from '../../fixtures/zot.ts';

const values = { DOMAIN: 'example.test', EMPTY: '', app_1: 'wiki' };
const set = { values };

describe('what arrives of a text', () => {
  it.each([
    ['no variable at all: $5, a$b and $', 'no variable at all: $5, a$b and $'],
    ['https://${app_1}.${DOMAIN}/cb', 'https://wiki.example.test/cb'],
    ['${DOMAIN:=other} ${DOMAIN:-other} ${DOMAIN=other}', 'example.test example.test example.test'],
    ['${NONE:=a} ${NONE:-b} ${NONE=c} ${EMPTY:=d} ${NONE:=}', 'a b c d '],
    ['${EMPTY}|', '|'],
    ['${NONE:=https://${DOMAIN}/x}', 'https://example.test/x'],
    ['$${DOMAIN} costs $$1 $$$${X}', '${DOMAIN} costs $1 $${X}'],
    ['$$${DOMAIN}', '$example.test'],
  ])('%s', (text, arrives) => {
    expect(arrival(text, set)).toEqual({ text: arrives, untold: [] });
    expect(untoldSentence(text, set)).toBeUndefined();
    expect(arrival(text, undefined).text).toBe(text);
  });

  it.each([
    ['${NONE}', /gitops\.substitute of registrar\.yaml has no value for NONE/],
    ['${constructor}', /no value for constructor/],
    ['${DOMAIN^^}', /\$\{DOMAIN\^\^\}, an expression .* does not follow/],
    ['${DOMAIN', /\$\{DOMAIN, an expression/],
    ['${NONE:=${OTHER}}', /no value for OTHER/],
  ])('cannot be told of %s, which stays', (text, reason) => {
    expect(arrival(text, set).text).toBe(text.startsWith('${NONE:=') ? '${OTHER}' : text);
    expect(untoldSentence(text, set)).toMatch(reason);
  });

  it.each([
    'client_secret: ${A_SECRET}',
    '  client_secret: "${A_SECRET:=changeme}" # theirs',
    'password: x${A_SECRET}',
  ])('is no value for registrar.yaml where it is a secret: %s', (line) => {
    const sentence = untoldSentence(['client_id: ${ID}', line, ''].join('\n'), set) ?? '';
    expect(sentence).toMatch(/a secret that Flux puts in the place of \$\{A_SECRET\}.* by !Env/);
    expect(sentence).not.toMatch(/changeme|gitops\.substitute/);
    expect(untoldSentence('url: https://${SECRET_DOMAIN}/token', set)).toMatch(/no value for SECRET_DOMAIN/);
  });

  it('cannot be told while nobody has said what is substituted', () => {
    const unsaid = { values: undefined };
    expect(arrival('${X:=y} $$', unsaid).text).toBe('${X:=y} $$');
    expect(untoldSentence('a ${X:=y}', unsaid)).toMatch(
      /\$\{X:=y\}, and gitops\.substitute .* for X.*substitute: false/,
    );
  });
});

describe('whether something is substituted', () => {
  const installation = shortFiles();
  const with_ = (
    substitute: false | Record<string, string> | undefined,
    deployBy: 'argocd' | 'external',
    more = {},
  ) => ({
    gitops: { ...installation.gitops, substitute },
    authentik: {
      ...installation.authentik,
      deployBy,
      blueprints: { ...installation.authentik.blueprints, ...more },
    },
  });
  const name = installation.authentik.blueprints.configMap;
  const manifest = (metadata: string) => `kind: ConfigMap\nmetadata:\n  name: ${name}\n${metadata}data: {}\n`;

  it.each([
    ['Argo CD', with_(undefined, 'argocd'), undefined],
    ['nobody, as is said', with_(false, 'external'), undefined],
    ['somebody who may be Flux', with_(undefined, 'external'), { values: undefined }],
    ['Flux', with_({ A: 'b' }, 'external'), { values: { A: 'b' } }],
  ] as const)('%s', (_who, settings, expected) => {
    expect(substitutionOf(settings, manifest(''))).toEqual(expected);
    expect(substitutionOf(settings, undefined)).toEqual(expected);
  });

  it.each(['labels', 'annotations'])('not in an object that opts out by its %s', (part) => {
    const out = `  ${part}:\n    kustomize.toolkit.fluxcd.io/substitute: disabled\n`;
    const settings = with_({ A: 'b' }, 'external');
    expect(substitutionOf(settings, manifest(out))).toBeUndefined();
    expect(substitutionOf(settings, manifest(out.replace('disabled', 'enabled')))).toBeDefined();
    const options = `options: {${part}: {kustomize.toolkit.fluxcd.io/substitute: disabled}}`;
    const generated = with_({ A: 'b' }, 'external', { generatedFrom: 'b' });
    const kustomization = (of: string) => `configMapGenerator:\n  - name: ${of}\n    ${options}\n`;
    expect(substitutionOf(generated, kustomization(name))).toBeUndefined();
    expect(substitutionOf(generated, kustomization('other'))).toBeDefined();
    expect(
      substitutionOf(generated, kustomization('other').replace(/^/, `generatorO${options.slice(1)}\n`)),
    ).toBeUndefined();
  });
});

describe('the text to write', () => {
  const line = fc.constantFrom(
    'url: https://${app_1}.${DOMAIN}/cb',
    'url: https://wiki.example.test/cb',
    'price: $$${DOMAIN}',
    'regex: a$',
    '# ${EMPTY}',
    'plain',
    '',
  );
  const literal = fc.constantFrom(
    'new: ${DOMAIN}',
    'new: $$',
    'new: $${X}',
    'regex: b$',
    'plain',
    'url: https://wiki.example.test/cb',
  );

  const inserted = (literals: fc.Arbitrary<string>) =>
    fc.array(fc.tuple(fc.nat(12), fc.nat(2), fc.array(literals, { maxLength: 3 })));

  it('arrives as wanted, whatever is taken out and put in', () => {
    fc.assert(
      fc.property(fc.array(line), inserted(literal), (raw, edits) => {
        const text = raw.join('\n');
        const lines = arrival(text, set).text.split('\n');
        for (const [at, gone, added] of edits) lines.splice(at, gone, ...added);
        const written = writtenFor(lines.join('\n'), { raw: text }, set);
        expect(arrival(written ?? 'none', set).text).toBe(lines.join('\n'));
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps the bytes of every line beside new ones', () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1 }),
        inserted(fc.constantFrom('new: ${DOMAIN}', 'new: $$')),
        (raw, edits) => {
          const text = raw.join('\n');
          const lines = arrival(text, set).text.split('\n');
          for (const [at, , added] of edits) lines.splice(at, 0, ...added);
          const written = writtenFor(lines.join('\n'), { raw: text }, set) ?? '';
          expect(written.split('\n').filter((each) => !each.startsWith('new: '))).toEqual(raw);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('takes lines that come back from where they stood', () => {
    const origin = 'a\nurl: ${DOMAIN}\nb';
    expect(writtenFor('a\nurl: example.test\nb', { raw: 'a\nb', origin }, set)).toBe(origin);
    expect(writtenFor('a\nurl: example.test\nb', { raw: 'a\nb' }, set)).toBe('a\nurl: example.test\nb');
  });

  it('is none where nobody has said what is substituted, and a new line might be', () => {
    const unsaid = { values: undefined };
    expect(writtenFor('a ${X}\nb', { raw: 'a ${X}' }, unsaid)).toBe('a ${X}\nb');
    expect(writtenFor('a\n${X}', { raw: 'a' }, unsaid)).toBeUndefined();
  });
});
