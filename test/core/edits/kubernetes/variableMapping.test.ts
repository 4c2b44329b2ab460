import { describe, expect, it } from 'vitest';
import { addEnvEntry, hasEnvEntry, removeEnvEntry } from '../../../../core/edits/kubernetes/deployment.ts';
import { environmentIn } from '../../../../core/edits/kubernetes/workerEnvironment.ts';
import { isFromKey, variableSource } from '../../../../core/kubernetes/containerEnvironment.ts';
import { bothWays } from '../bothWays.ts';

const edit = { add: addEnvEntry, remove: removeEnvEntry };
const wanted = {
  name: 'worker',
  container: 'worker',
  envVar: 'ZOT_SECRET',
  secretName: 'sso',
  secretKey: 'zot',
  valuesPath: 'controllers.worker.containers.app.env',
};
const values = (env: string): string =>
  `controllers:\n  worker:\n    containers:\n      app:\n        env:\n${env}        image: {}\n`;
const plain = '          TZ: Europe/Bern\n';

describe('variables that are a mapping', () => {
  it.each([
    ['of app-template', plain, '          ZOT_SECRET:\n            valueFrom:\n              secretKeyRef:\n'],
    [
      'with a short form of sources',
      `${plain}          A:\n            secretKeyRef: {name: sso, key: a}\n`,
      '          ZOT_SECRET:\n            secretKeyRef:\n',
    ],
    ['with names in quotes', '          "TZ": Europe/Bern\n', '          "ZOT_SECRET":\n'],
  ])('%s take one more, and give every byte back', (_, env, lines) => {
    const after = bothWays(edit, values(env), wanted);
    expect(after).toContain(lines);
    expect(hasEnvEntry(after, wanted)).toBe(true);
    const source = variableSource(environmentIn(after, wanted) ?? { env: [], envFrom: [] }, 'ZOT_SECRET', 'sso');
    expect(isFromKey(source, 'sso', 'zot')).toBe(true);
  });

  it('of another chart are followed, and refused where nothing shows how a source is written', () => {
    const other = { ...wanted, valuesPath: 'worker.env' };
    const before = 'worker:\n  env:\n    A:\n      valueFrom:\n        secretKeyRef: {name: sso, key: a}\n';
    expect(bothWays(edit, before, other)).toContain('    ZOT_SECRET:\n      valueFrom:\n        secretKeyRef:\n');
    expect(addEnvEntry('worker:\n  env:\n    TZ: Europe/Bern\n', other)).toMatchObject({
      kind: 'refused',
      reason: 'worker.env is a mapping, and no variable there shows how the chart takes one from a key of a Secret',
      addByHand: expect.stringMatching(/^ZOT_SECRET:\n {2}valueFrom:/) as string,
    });
  });

  it.each(['worker.env', 'global.env'])('are refused where %s is not the one that holds the name already', (at) => {
    const [scope = ''] = at.split('.');
    const text = ['global', 'worker']
      .map(
        (each) =>
          `${each}:\n  env:\n    ${each === scope ? 'A' : 'ZOT_SECRET'}: { secretKeyRef: { name: sso, key: a } }\n`,
      )
      .join('');
    expect(addEnvEntry(text, { ...wanted, valuesPath: at })).toMatchObject({
      kind: 'refused',
      reason: 'another list of the chart holds ZOT_SECRET already: take it out there',
    });
  });

  it('say no value that stands there in place of ours', () => {
    const text = values(`${plain}          ZOT_SECRET: hunter2\n`);
    for (const outcome of [addEnvEntry(text, wanted), removeEnvEntry(text, wanted)]) {
      expect(outcome.kind).toBe('different');
      expect(JSON.stringify(outcome)).not.toContain('hunter2');
    }
  });

  it('say what stands beside a source, which a chart takes before it', () => {
    const ours = '          ZOT_SECRET: { value: hunter2, valueFrom: { secretKeyRef: { name: sso, key: zot } } }\n';
    const text = values(`${plain}${ours}`);
    for (const outcome of [addEnvEntry(text, wanted), removeEnvEntry(text, wanted)]) {
      expect(outcome.kind).toBe('different');
      expect(JSON.stringify(outcome)).not.toContain('hunter2');
    }
  });

  it('go with the last of them', () => {
    const alone = bothWays(edit, values(plain), wanted).replace(plain, '');
    expect(removeEnvEntry(alone, wanted)).toMatchObject({ text: values('').replace('        env:\n', '') });
  });
});
