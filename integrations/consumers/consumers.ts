export interface Command {
  /** The words; no shell reads them. */
  readonly words: readonly string[];
  readonly cwd?: string;
  /** Names of the worker's variables that it is given. */
  readonly environment: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface CommandResult {
  readonly ok: boolean;
  /** How it ended, for people: an exit code and, where Ansible ran, the failed task's name. Never its output, which may hold a secret. */
  readonly said: string;
}

export interface ProbeAnswer {
  /** Undefined where nothing answers. */
  readonly status?: number;
  /** Why it was not asked at all: its name leads to an address that no probe may ask. */
  readonly refused?: string;
}

/** The services that are given a secret: commands that the installation configures, and a look over HTTP. */
export interface Consumers {
  /** Whether the program of a command is on the worker's PATH. */
  installed(program: string): Promise<boolean>;
  /** Runs it to its end; a cancel ends it. */
  run(command: Command): Promise<CommandResult>;
  /** One GET, redirects not followed. */
  probe(url: string): Promise<ProbeAnswer>;
}
