import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { DataConverter, PayloadCodec } from '@temporalio/common';
import { encodingTypes } from '@temporalio/common/lib/converter/types.js';
import { RegistrarError } from '../../core/base/errors.ts';

const VARIABLE = 'TEMPORAL_DATA_CONVERTER';

/**
 * What the ES module that `TEMPORAL_DATA_CONVERTER` names exports by default, or nothing but a check that what is read needs none. What
 * failures say is encoded, too, where it has a codec and no failure converter of its own. Throws `BadInput`, later on as well: of a value
 * that cannot be read.
 */
export async function loadDataConverter(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<DataConverter> {
  const file = env[VARIABLE] ?? '';
  if (file === '') return { payloadCodecs: [readable(`and ${VARIABLE} names none`)] };
  const exported = await importFrom(file);
  const { payloadCodecs = [], failureConverterPath, payloadConverterPath } = converterOf(exported, file);
  const encoded = payloadCodecs.length > 0 ? ENCODED_FAILURES : undefined;
  const failures = failureConverterPath ?? encoded;
  const known = payloadConverterPath === undefined ? [readable(`and ${file} does not decode that`)] : [];
  return {
    // They decode from the last to the first.
    payloadCodecs: [...known, ...payloadCodecs.map((codec) => telling(codec, file))],
    ...(payloadConverterPath === undefined ? {} : { payloadConverterPath }),
    ...(failures === undefined ? {} : { failureConverterPath: failures }),
  };
}

const SUFFIX = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const ENCODED_FAILURES = fileURLToPath(new URL(`./encodedFailures.${SUFFIX}`, import.meta.url));

async function importFrom(file: string): Promise<unknown> {
  try {
    const { default: exported } = (await import(pathToFileURL(path.resolve(file)).href)) as {
      readonly default?: unknown;
    };
    return exported;
  } catch (error) {
    throw bad(`${file} cannot be loaded (${named(error)})`);
  }
}

/** An error without what it says, which may quote a key. */
function named(error: unknown): string {
  const { name, code } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return code ?? name ?? 'an error';
}

const MEMBERS = ['payloadCodecs', 'payloadConverterPath', 'failureConverterPath'];

function converterOf(exported: unknown, file: string): DataConverter {
  const found = typeof exported === 'object' && exported !== null ? exported : {};
  const isCodec = (codec: unknown): boolean =>
    ['encode', 'decode'].every(
      (name) => typeof (codec as Readonly<Record<string, unknown>> | null)?.[name] === 'function',
    );
  const { payloadCodecs = [] } = found as DataConverter;
  const known = Object.keys(found);
  if (known.length === 0 || known.some((name) => !MEMBERS.includes(name)))
    throw bad(`the default export of ${file} is no object of ${MEMBERS.join(', ')}`);
  if (!Array.isArray(payloadCodecs) || !payloadCodecs.every(isCodec))
    throw bad(`payloadCodecs of ${file} is no list of objects with encode and decode`);
  return found;
}

function bad(message: string): RegistrarError {
  const remedy = 'Name an ES module that exports one; docs/how-to/encrypt-histories.md has an example.';
  return new RegistrarError({ system: 'Temporal', kind: 'BadInput', message: `${VARIABLE}: ${message}`, remedy });
}

const PLAIN: ReadonlySet<string> = new Set(Object.values(encodingTypes));

/** Refuses what nobody has decoded, with what helps: the SDK would say "Unknown encoding". */
function readable(why: string): PayloadCodec {
  return {
    encode: async (payloads) => payloads,
    decode: async (payloads) => {
      for (const { metadata } of payloads) {
        const encoding = Buffer.from(metadata?.['encoding'] ?? encodingTypes.METADATA_ENCODING_RAW).toString();
        if (!PLAIN.has(encoding))
          throw unread(`a value in Temporal is encoded as "${encoding}" by a data converter, ${why}`);
      }
      return payloads;
    },
  };
}

/** A codec of theirs whose errors name the module and what helps, as where the keys of two programs differ. */
function telling(codec: PayloadCodec, file: string): PayloadCodec {
  const told =
    (what: 'encode' | 'decode'): PayloadCodec['encode'] =>
    async (...args) => {
      try {
        return await codec[what](...args);
      } catch (error) {
        throw unread(`a codec of ${file} could not ${what} a value (${named(error)})`);
      }
    };
  return { encode: told('encode'), decode: told('decode') };
}

function unread(message: string): RegistrarError {
  const remedy = `Give every worker and command line the same ${VARIABLE}, with the same keys; see docs/how-to/encrypt-histories.md.`;
  return new RegistrarError({ system: 'Temporal', kind: 'BadInput', message, remedy });
}
