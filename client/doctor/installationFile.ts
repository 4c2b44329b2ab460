import { existsSync } from 'node:fs';
import { RegistrarError } from '../../core/base/errors.ts';
import type { DoctorFinding } from '../../core/doctor/finding.ts';
import { installationOf } from '../localFiles.ts';

const USUAL = 'registrar.yaml';

/**
 * Whether `registrar.yaml` can be read, where it is beside the person who asks: a worker that cannot read it does not start, and so
 * cannot tell. `file`: one that must be there.
 */
export function installationFindings(file: string | undefined): readonly DoctorFinding[] {
  const path = file ?? process.env['REGISTRAR_CONFIG'] ?? USUAL;
  const of = { system: 'registrar.yaml', what: path } as const;
  if (!existsSync(path)) {
    if (file === undefined) return [];
    return [{ ...of, severity: 'error', message: 'there is no such file', remedy: 'Name the one of the worker.' }];
  }
  try {
    installationOf('.', path);
    return [{ ...of, severity: 'well', message: 'can be read; the worker has one of its own' }];
  } catch (error) {
    if (!(error instanceof RegistrarError)) throw error;
    return error.message.split(';\n').map((message) => ({ ...of, severity: 'error', message, remedy: error.remedy }));
  }
}
