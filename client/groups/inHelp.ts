import { type Command, Help, type Option } from 'commander';

/** How help tells of options: what is off unless it is said needs no words, and a command below another has not all options of that one. */
export const HELP = {
  showGlobalOptions: true,
  optionDescription(this: Help, option: Option): string {
    const { description, defaultValue } = option;
    const isOff = defaultValue === false || (Array.isArray(defaultValue) && defaultValue.length === 0);
    return isOff ? description : Help.prototype.optionDescription.call(this, option);
  },
  visibleGlobalOptions(command: Command): Option[] {
    const above = command.parent === null ? [] : [command.parent, ...ancestors(command.parent)];
    return above.flatMap(({ parent, options }) =>
      options.filter(({ hidden, long }) => !hidden && (parent === null || long === '--json')),
    );
  },
};

function ancestors({ parent }: Command): readonly Command[] {
  return parent === null ? [] : [parent, ...ancestors(parent)];
}

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'Set up and try:': ['init', 'import', 'doctor', 'demo', 'sandbox', 'completion'],
  'Change a client:': ['plan', 'register', 'repair', 'rotate', 'schedule', 'deregister'],
  'See how clients stand:': ['list', 'status', 'check'],
  'Speak to a run that is open:': ['ready', 'confirm', 'cancel', 'stop-undo'],
};

/** Puts each command under what people want of it. To be called when all are there. */
export function groupCommands(program: Command): void {
  for (const [heading, names] of Object.entries(GROUPS))
    for (const command of program.commands) if (names.includes(command.name())) command.helpGroup(heading);
}
