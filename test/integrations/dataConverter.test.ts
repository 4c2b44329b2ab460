import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DataConverter } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { expect, test } from 'vitest';
import { loadDataConverter } from '../../integrations/temporal/dataConverter.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';

async function loaded(text: string) {
  const file = path.join(await temporaryFolder(), 'converter.mjs');
  await writeFile(file, text);
  return loadDataConverter({ TEMPORAL_DATA_CONVERTER: file });
}

const CODEC = '{ encode: async (all) => all, decode: async (all) => all }';

const payload = (encoding: string) => ({ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from('1') });

/** What a program with this converter reads of a value. */
async function read(converter: DataConverter, encoding: string) {
  return decode([...(converter.payloadCodecs ?? [])], [payload(encoding)]);
}

test.each([{}, { TEMPORAL_DATA_CONVERTER: '' }])('where none is named values stay as they are', async (env) => {
  const { payloadCodecs = [], ...paths } = await loadDataConverter(env);
  expect(paths).toEqual({});
  const values = ['json/plain', 'binary/null', 'binary/plain'].map(payload);
  expect(await encode([...payloadCodecs], values)).toEqual(values);
  expect(await decode([...payloadCodecs], values)).toEqual(values);
});

test('a value that no codec has decoded is told with what helps', async () => {
  await expect(read(await loadDataConverter({}), 'binary/encrypted')).rejects.toMatchObject({
    message:
      'a value in Temporal is encoded as "binary/encrypted" by a data converter, and TEMPORAL_DATA_CONVERTER names none',
    remedy: expect.stringContaining('the same TEMPORAL_DATA_CONVERTER'),
  });
  const other = await loaded(`export default { payloadCodecs: [${CODEC}] };`);
  await expect(read(other, 'binary/zip')).rejects.toThrow(/"binary\/zip" .*converter\.mjs does not decode that/);
});

test('a codec that throws is named, without what it says', async () => {
  const codec = `{ encode: async (all) => all, decode() { throw new TypeError('key s3cret is another') } }`;
  const reading = read(await loaded(`export default { payloadCodecs: [${codec}] };`), 'json/plain');
  await expect(reading).rejects.toThrow(/a codec of .*converter\.mjs could not decode a value \(TypeError\)/);
  await expect(reading).rejects.not.toThrow('s3cret');
});

test('with a codec what failures say is encoded as well, unless the module says how failures are converted', async () => {
  const plain = await loaded(`export default { payloadCodecs: [${CODEC}] };`);
  expect(plain.failureConverterPath).toMatch(/encodedFailures\.ts$/);
  const own = await loaded(`export default { payloadCodecs: [${CODEC}], failureConverterPath: '/own.js' };`);
  expect(own.failureConverterPath).toBe('/own.js');
  expect(await loaded(`export default { payloadConverterPath: '/own.js' };`)).toEqual({
    payloadCodecs: [],
    payloadConverterPath: '/own.js',
  });
});

test.each([
  ['no default export', 'export const payloadCodecs = [];', /default export .* is no object of payloadCodecs/],
  ['another member', 'export default { codec: 1 };', /is no object of payloadCodecs/],
  ['no codec', 'export default { payloadCodecs: [{ encode: 1 }] };', /no list of objects with encode and decode/],
  ['no module', 'export default {', /cannot be loaded \(/],
])('%s is refused before anything is begun', async (_what, text, message) => {
  await expect(loaded(text)).rejects.toThrow(message);
});

test('a module that fails is told without what it says, which may quote a key', async () => {
  const refused = loaded(`throw new Error('key s3cret is too short');`);
  await expect(refused).rejects.toThrow(/cannot be loaded \(Error\)/);
  await expect(refused).rejects.not.toThrow('s3cret');
});
