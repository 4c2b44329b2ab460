/** What files tell of the vault, and what else of its settings is to be asked: apart from its words, for a command line loads it to show its options. */
export { foundSettings, isServed, QUESTIONS as VAULT_QUESTIONS } from './onepassword/found.ts';
