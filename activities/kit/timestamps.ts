/** Whether an ISO 8601 time in UTC is later than another, by microseconds: a Date would lose them. Empty is before all. */
export function isNewer(time: string, than: string): boolean {
  return microseconds(time) > microseconds(than);
}

function microseconds(time: string): bigint {
  const match = /^(.*?)(?:\.(\d+))?(?:Z|\+00:00)$/.exec(time);
  if (match === null) return -1n;
  const seconds = Date.parse(`${match[1]}Z`);
  return BigInt(seconds) * 1000n + BigInt((match[2] ?? '').padEnd(6, '0').slice(0, 6));
}

/** Whether one time of Kubernetes is earlier than another. It tells whole seconds: of two times within one nothing is known. */
export function isEarlier(one: string, other: string): boolean {
  return Math.floor(Date.parse(one) / 1000) < Math.floor(Date.parse(other) / 1000);
}
