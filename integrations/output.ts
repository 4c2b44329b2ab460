/** Characters that are read of each output of a program; one that says more is ended. */
export const MAX_OUTPUT = 64 * 1024 * 1024;

/** How it ended then, to continue a sentence that begins with the program's name. */
export const saidTooMuch = (): string => `said more than ${MAX_OUTPUT} bytes`;
