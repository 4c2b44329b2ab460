import { vaultOf } from '../../core/vault/vaults.ts';
import { assertWritable } from '../preflight/vault.ts';
import type { Reach } from './reach.ts';
import type { Look, Report } from './report.ts';

/** Title under which a place of its own is looked for, where clients have such: reading is what counts. */
const PROBE = { title: 'oidc-registrar doctor', client: 'doctor' };

export function vaultLooks(reach: Reach): readonly Look[] {
  const { system } = vaultOf(reach.deps.installation, {});
  return [
    { system, what: 'read', look: (report) => read(reach, report) },
    { system, what: 'write', look: (report) => write(reach, report) },
  ];
}

async function read({ deps: { vault, installation } }: Reach, report: Report): Promise<void> {
  const contents = await vault.read();
  if (vaultOf(installation, {}).own?.pattern !== undefined) await vault.of?.(PROBE).read();
  await report.judge(contents, assertWritable);
  report.ends(`${contents.place} has ${contents.fields.length} fields`);
}

async function write({ deps: { vault } }: Reach, report: Report): Promise<void> {
  if (vault.mayWrite === undefined) {
    report.well('whether the token may write, the first write tells: this vault has no question for it');
    return;
  }
  await vault.mayWrite();
  report.well('the token may write');
}
