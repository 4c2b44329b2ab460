import type { Command } from 'commander';
import { helpText } from './arguments.ts';

/** `doctor`: whether all that a run needs is there. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description(
      'look at everything that a run needs, and name a remedy for what is amiss; changes nothing but with --fix',
    )
    .option('--installation <file>', 'a registrar.yaml to read here; REGISTRAR_CONFIG or ./registrar.yaml, if there')
    .option('--fix', 'make what is missing and may be made: search attributes of the Temporal namespace', false)
    .option('--json', 'print the findings as JSON', false)
    .addHelpText(
      'after',
      helpText(
        ['oidc-registrar doctor', 'oidc-registrar doctor --fix', 'oidc-registrar doctor --json'],
        '0 all is well, or there are warnings alone; 1 a run would be refused, or fail.',
      ),
    )
    .action(async ({ installation, fix, json }: { installation?: string; fix: boolean; json: boolean }) => {
      const { doctor } = await import('../commands/doctor.ts');
      process.exitCode = await doctor({ installation, fix, json });
    });
}
