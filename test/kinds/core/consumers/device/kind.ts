import { newFile, updates } from '../../../../../core/changes/fileEdit.ts';
import type { ConsumerKind } from '../../../../../core/consumers/kind.ts';
import type { DeviceConsumer } from './schema.ts';

/** A device in memory, which is given the file that Git has of it, and the secret beside it. */
const kind: ConsumerKind<DeviceConsumer> = {
  kind: 'device',
  written: {
    step: 'deliverToConsumers',
    entries: ['device'],
    readsField: 'device',
    paths: ({ file }) => [file],
    edits({ file, greeting }, { names }) {
      const text = `client: ${names.clientId}\ngreeting: ${greeting}\n`;
      return [
        {
          place: 'device',
          ...newFile(file, text),
          ...updates((found) =>
            found === text ? { kind: 'alreadyThere', text } : { kind: 'changed', text, splices: [], inverse: [] },
          ),
        },
      ];
    },
    replaces: (one, other) => one.file === other.file,
    breaches: ({ name }, _names, field) =>
      name === 'safe' ? [{ field: `${field}.name`, message: 'no policy allows that device' }] : [],
    action: ({ name }) => ({ system: 'Consumer', what: `give device ${name} the secret` }),
    references: ({ name }) => ({
      anywhere: [{ text: `watch-${name}`, pattern: new RegExp(`watch-${name}`), means: `watches device ${name}` }],
      near: [],
      holds: () => false,
    }),
  },
  target: ({ name }) => ({ name: `device ${name}`, by: 'cluster', byHand: `type it into ${name}` }),
  remaining: ({ name }) => [`switch device ${name} on`],
  remainingAfter: ({ name }) => `switch device ${name} off`,
};

export const device = kind as unknown as ConsumerKind;
