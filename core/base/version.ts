/** Release of this code, as package.json has it. Workers tell it, so that one of another release than the command line is seen. */
export const VERSION = '0.1.0';
