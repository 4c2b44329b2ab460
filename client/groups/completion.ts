import { ShellCompDirective, type RootCommand } from '@bomb.sh/tab';
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { helpText } from './arguments.ts';

/** `completion`, and the hidden `complete` that its scripts ask at each press of the key. To be added last: it reads the others. */
export function addCompletionCommand(program: Command): void {
  const root = tab(program, { completionCommandName: 'completion' });
  const named = (name: string) => program.commands.find((command) => command.name() === name);
  named('completion')
    ?.description('print what makes a shell complete commands, options and clients of an installed oidc-registrar')
    .addHelpText(
      'after',
      helpText([
        'source <(oidc-registrar completion bash)    # in ~/.bashrc; needs the package bash-completion',
        'source <(oidc-registrar completion zsh)     # in ~/.zshrc, after compinit',
        'oidc-registrar completion fish | source     # in ~/.config/fish/config.fish',
      ]),
    )
    // The script asks for no file names where we name none, which bash must be told.
    .hook('postAction', (_, { args: [shell] }) => {
      if (shell === 'bash') process.stdout.write(`${BASH_FILES}\n`);
    });
  named('complete')?.action(async (words: readonly string[]) => complete(program, root, words));
}

const BASH_FILES = 'complete -o default -F __oidc_registrar_complete oidc-registrar';

/** Answers a shell: a line each, and what it may do beside. Clients are those of the working copy. */
async function complete(program: Command, root: RootCommand, words: readonly string[]): Promise<void> {
  if (isPath(program, words.at(-2))) {
    process.stdout.write(`:${ShellCompDirective.ShellCompDirectiveDefault}\n`);
    return;
  }
  const { clientsToComplete } = await import('../commands/completion.ts');
  const clients = clientsToComplete(words);
  for (const command of root.commands.values()) {
    for (const [name, option] of root.options) if (!command.options.has(name)) command.options.set(name, option);
    const client = command.arguments.get('client');
    if (client !== undefined) client.handler = (add) => clients.forEach((each) => add(each, ''));
  }
  root.parse([...words]);
}

/** Whether a file or folder follows: those a shell completes better itself. */
function isPath(program: Command, word = ''): boolean {
  const options = [program, ...program.commands].flatMap((command) => command.options);
  return options.some(({ long, flags }) => long === word && /<(file|dir)>/.test(flags));
}
