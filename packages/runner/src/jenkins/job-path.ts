/**
 * Returns the path of a job below the base URL: folders are separated by `/` in its name, and each has a `/job/` of its
 * own in the URL.
 */
export function jobPath(job: string): string {
  return job
    .split('/')
    .filter((part) => part !== '')
    .map((part) => `/job/${encodeURIComponent(part)}`)
    .join('');
}

/** Where a run of a job is: in the queue, or, once it was begun, in the list of the job's builds. */
export type JenkinsPlace =
  { readonly kind: 'queue'; readonly item: number } | { readonly kind: 'build'; readonly number: number };

/** Returns the id of a run as this runner keeps it: `queue/12` or `build/7`. */
export function formatPlace(place: JenkinsPlace): string {
  return place.kind === 'queue' ? `queue/${place.item}` : `build/${place.number}`;
}

/** Returns where the run of an id is, or null when it is no id of ours. */
export function parsePlace(id: string): JenkinsPlace | null {
  const { kind, number } = /^(?<kind>queue|build)\/(?<number>\d{1,15})$/.exec(id)?.groups ?? {};
  if (number === undefined) return null;
  return kind === 'queue' ? { kind: 'queue', item: Number(number) } : { kind: 'build', number: Number(number) };
}

/**
 * Returns the queue item of a Location header. Only its number is read: behind a proxy Jenkins often believes itself to
 * be at another address.
 */
export function queueItemOf(location: string | undefined): number | null {
  const item = /\/queue\/item\/(\d{1,15})\/?$/.exec(location ?? '')?.[1];
  return item === undefined ? null : Number(item);
}
