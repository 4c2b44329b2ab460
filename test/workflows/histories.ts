import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../histories/', import.meta.url));

interface Payloads {
  readonly payloads: readonly { readonly data: string }[];
}

/** One event as `temporal workflow show --output json` prints it, with what the tests read of it. */
interface HistoryEvent {
  readonly workflowExecutionStartedEventAttributes?: {
    readonly workflowId: string;
    readonly workflowType: { readonly name: string };
  };
  readonly activityTaskScheduledEventAttributes?: { readonly activityType: { readonly name: string } };
  readonly markerRecordedEventAttributes?: {
    readonly markerName: string;
    readonly details: Readonly<Record<string, Payloads>>;
  };
  readonly workflowExecutionSignaledEventAttributes?: { readonly signalName: string };
  readonly workflowExecutionUpdateAcceptedEventAttributes?: {
    readonly acceptedRequest: { readonly input: { readonly name: string } };
  };
}

/** A run as it was recorded. */
export interface Recorded {
  /** `<version>/<story>.json`. */
  readonly file: string;
  readonly workflowId: string;
  readonly events: readonly HistoryEvent[];
}

/** Every recorded history. */
export async function recordedHistories(): Promise<readonly Recorded[]> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.json')).toSorted();
  return Promise.all(
    files.map(async (file) => {
      const { events } = JSON.parse(await readFile(`${folder}${file}`, 'utf8')) as { events: HistoryEvent[] };
      return { file, workflowId: events[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? '', events };
    }),
  );
}
