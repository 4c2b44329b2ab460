import type { z } from 'zod';
import { RegistrarError, type SystemName } from '../base/errors.ts';
import { faultsOf, fieldOf, lostKeys, type Fault } from '../base/faults.ts';
import { installationSchema, type Installation } from './installation.ts';
import { type RegistrationRecord, recordSchema } from '../registration/record.ts';
import { registrationSchema, type Registration } from '../registration/registration.ts';
import { tooMuch } from '../registration/fits.ts';
import { brokenRules } from '../registration/registrationRules.ts';
import { readYaml, type YamlFile } from '../base/yamlFile.ts';

/** Reads a registration file. Throws one `BadInput` that names line, column, field and fault of every problem. */
export function readRegistration(text: string, file: string): Registration {
  assertSize(text.length, file);
  const yaml = open(text, file, 'registration file');
  const registration = read(yaml, file, 'registration file', registrationSchema);
  throwFaults(brokenRules(registration), 'registration file', (fault) => at(yaml, file, fault));
  // An alias repeats a text that stands in the file once.
  assertSize(JSON.stringify(registration).length, file);
  return registration;
}

/** Reads `registrar.yaml`. Throws one `BadInput` that names line, column, field and fault of every problem. */
export function readInstallation(text: string, file: string): Installation {
  return read(open(text, file, 'registrar.yaml'), file, 'registrar.yaml', installationSchema);
}

/** Reads the record of a client. Throws `BadInput` where it is none, or another client's. */
export function readRecord(text: string, file: string, client: string): RegistrationRecord {
  const yaml = open(text, file, 'registration file');
  const record = read(yaml, file, 'registration file', recordSchema);
  if (record.metadata.name === client) return record;
  throw badInput('registration file', [`${file}: metadata.name: is "${record.metadata.name}", not "${client}"`]);
}

/** Checks an inline registration, as a workflow's input carries it. Throws `BadInput`. */
export function checkRegistration(value: unknown, source: string): Registration {
  assertSize(JSON.stringify(value)?.length ?? 0, source);
  throwFaults(lostKeys(value), 'registration file', () => source);
  const result = registrationSchema.safeParse(value);
  const faults = result.success ? brokenRules(result.data) : faultsOf(result.error);
  throwFaults(faults, 'registration file', () => source);
  return result.data as Registration;
}

/** Throws `BadInput` where a registration is more than a run can carry. */
export function assertFits(registration: Registration, where: string): void {
  throwFaults(tooMuch(registration), 'registration file', () => where);
}

/** Characters of what is read at all: no run has ever carried so many. */
const READ_LIMIT = 1024 * 1024;

function assertSize(length: number, where: string): void {
  if (length <= READ_LIMIT) return;
  throw new RegistrarError({
    system: 'registration file',
    kind: 'BadInput',
    message: `${where} has ${length} characters, and a registration at most ${READ_LIMIT}`,
    remedy: 'Bring long texts into the repository by hand, and keep them out of the registration.',
  });
}

function open(text: string, file: string, system: SystemName): YamlFile {
  const yaml = readYaml(text);
  if (yaml.errors.length === 0) return yaml;
  throw badInput(
    system,
    yaml.errors.map(({ line, column, message }) => `${file}:${line}:${column}: not YAML: ${message}`),
  );
}

function read<T>(yaml: YamlFile, file: string, system: SystemName, schema: z.ZodType<T>): T {
  throwFaults(lostKeys(yaml.data), system, (fault) => at(yaml, file, fault));
  const result = schema.safeParse(yaml.data);
  if (result.success) return result.data;
  const faults = faultsOf(result.error);
  throw badInput(
    system,
    faults.map((fault) => `${at(yaml, file, fault)}: ${fieldOf(fault)}: ${fault.message}`),
  );
}

function at(yaml: YamlFile, file: string, { path, key }: Fault): string {
  const { line, column } = yaml.position(path, key);
  return `${file}:${line}:${column}`;
}

function throwFaults(faults: readonly Fault[], system: SystemName, where: (fault: Fault) => string): void {
  if (faults.length === 0) return;
  throw badInput(
    system,
    faults.map((fault) => `${where(fault)}: ${fieldOf(fault)}: ${fault.message}`),
  );
}

/** More than a person mends at once: the next look tells the rest. */
const TOLD = 20;

function badInput(system: SystemName, problems: readonly string[]): RegistrarError {
  const more = problems.length - TOLD;
  return new RegistrarError({
    system,
    kind: 'BadInput',
    // A line each in a terminal, and one sentence after the other where lines are joined.
    message: [...problems.slice(0, TOLD), ...(more > 0 ? [`and ${more} more`] : [])].join(';\n'),
    remedy: 'Correct the fields that are named; the JSON Schema in schemas/ helps an editor to check them.',
  });
}
