import { type Command, InvalidArgumentError } from 'commander';
import { asTyped } from '../asTyped.ts';
import { VERSION } from '../../core/base/version.ts';
import { NOT_AS_ASKED } from '../output/exitCodes.ts';
import { tellAsData } from '../output/tellError.ts';
import { DURATION, durationOf } from '../../core/registration/rotationPolicy.ts';

/** Options of every command, before or after its name. */
export function addCommonOptions(program: Command): void {
  program
    .version(VERSION, '--version')
    .option('--address <host:port>', "Temporal's address, instead of TEMPORAL_ADDRESS")
    .option('--timeout <duration>', 'wait no longer than so, such as 10m; what was started goes on', duration)
    .hook('preAction', (_program, command) => {
      const { address, timeout, json = false } = command.optsWithGlobals<CommonOptions>();
      if (address !== undefined) process.env['TEMPORAL_ADDRESS'] = address;
      if (timeout !== undefined)
        setTimeout(() => stopWaiting(json, lookOf(command)), Math.min(timeout, LONGEST_MS)).unref();
    });
}

/** A timer of Node.js that is given more, 24.8 days, ends at once. */
const LONGEST_MS = 2 ** 31 - 1;

interface CommonOptions {
  readonly address?: string;
  readonly timeout?: number;
  readonly json?: boolean;
}

/** The command that shows what has become of this one: of one client, or of all. */
function lookOf({ registeredArguments: [argument], args: [client] }: Command): string {
  return argument?.name() === 'client' && client !== undefined
    ? `oidc-registrar status ${client}`
    : 'oidc-registrar list';
}

/** A person should look what has become of it: the exit code of what is not as asked. */
function stopWaiting(json: boolean, look: string): void {
  const message = 'It has taken longer than --timeout. What was started goes on.';
  const remedy = `See ${look}.`;
  if (json) tellAsData({ system: 'oidc-registrar', kind: 'Timeout', message, remedy });
  else process.stderr.write(asTyped(`${message} ${remedy}\n`));
  process.exit(NOT_AS_ASKED);
}

const duration = (text: string): number => {
  if (DURATION.test(text)) return durationOf(text);
  throw new InvalidArgumentError('a duration is a number and s, m, h, d or w, such as 10m.');
};
