import { describe, expect, it } from 'vitest';
import { isOfOthersToo, makesClient, ownPart, saysAsPlanned } from '../../../core/run/sectionOfJob.ts';
import { application, group, provider, section } from '../edits/blueprint/handWritten.ts';

const alone = section(provider('wiki'), application('wiki'));
const shared = section(provider('first'), application('first'), provider('wiki'), application('wiki'));
const names = { slug: 'wiki', providerName: 'wiki' } as Parameters<typeof makesClient>[1];
const job = (text: string) => ({ names, blueprint: { text, hash: 'h', ...(text === alone ? {} : { asked: alone }) } });

describe('a section that makes other clients, too', () => {
  const changed = shared.replace('https://first.example.test/cb', 'https://first.example.test/other');

  it('says what was planned although others have changed their part since', () => {
    expect(saysAsPlanned(shared, job(shared))).toBe(true);
    expect(saysAsPlanned(changed, job(shared))).toBe(true);
    expect(isOfOthersToo(job(shared))).toBe(true);
  });

  it('does not where the client’s own part differs, or is gone', () => {
    const ours = shared.replace('https://wiki.example.test/cb', 'https://wiki.example.test/other');
    expect(saysAsPlanned(ours, job(shared))).toBe(false);
    expect(saysAsPlanned(section(provider('first'), application('first')), job(shared))).toBe(false);
    expect(saysAsPlanned(undefined, job(shared))).toBe(false);
  });
});

it('a section of one client says what was planned by its very text', () => {
  expect(saysAsPlanned(alone, job(alone))).toBe(true);
  expect(saysAsPlanned(`${alone}# a word\n`, job(alone))).toBe(false);
  expect(isOfOthersToo(job(alone))).toBe(false);
});

it('a section that clients join is others’, too, while one client alone stands there', () => {
  const joined = { ...names, joined: true as const };
  const withGroup = `${alone}${group('cooks')}`;
  const planned = { ...job(withGroup), names: joined };
  expect(isOfOthersToo(planned)).toBe(true);
  expect(isOfOthersToo({ ...job(alone), names: joined })).toBe(false);
  expect(saysAsPlanned(withGroup, planned)).toBe(true);
  expect(saysAsPlanned(withGroup.replace('/cb', '/other'), planned)).toBe(false);
  expect(ownPart(withGroup, joined)).toBe(ownPart(alone, joined));
});

it('a client’s part of a section is its own entries, or all of a text of its own', () => {
  const other = shared.replace('https://first.example.test/cb', 'https://first.example.test/other');
  expect(ownPart(other, names)).toBe(ownPart(shared, names));
  expect(ownPart(shared, names)).toBe(`${provider('wiki')}${application('wiki')}`.trimEnd());
  expect(ownPart(shared.replace('name: wiki\n', 'name: Wiki\n'), names)).not.toBe(ownPart(shared, names));
  expect(ownPart(alone, names)).toBe(alone);
  expect(ownPart('entries: [', names)).toBe('entries: [');
  expect(ownPart(section(provider('first'), application('first')), names)).toBeUndefined();
});

it('a section makes a client by its entries, and may where it cannot be read', () => {
  expect(makesClient(shared, names)).toBe(true);
  expect(makesClient(alone, names)).toBe(true);
  expect(makesClient(section(provider('first'), application('first')), names)).toBe(false);
  expect(makesClient('entries: [', names)).toBe(true);
  expect(makesClient(undefined, names)).toBe(false);
});
