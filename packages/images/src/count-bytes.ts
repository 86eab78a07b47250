import type { ImagesEffects } from './effects.ts';
import { megabytes } from './megabytes.ts';

/**
 * Returns a function that counts the bytes of one job, those that travelled and those that did not have to, and reports
 * them with the rate and the time that is left: at most once for each percent, where the sizes are known.
 */
export function countBytes(
  { progress, clock }: Pick<ImagesEffects, 'progress' | 'clock'>,
  what: string,
  images: readonly { readonly size: number | null }[],
): (moved: number, saved: number) => void {
  const total = images.reduce((sum, image) => sum + (image.size ?? 0), 0);
  const begun = clock.now();
  let moved = 0;
  let saved = 0;
  let reported = -1;
  return (travelled, spared) => {
    moved += travelled;
    saved += spared;
    // An attempt that is begun again passes over the same bytes.
    const done = total === 0 ? moved + saved : Math.min(moved + saved, total);
    const percent = Math.floor((done * 100) / Math.max(total, 1));
    if (percent === reported) return;
    reported = percent;
    const note = noteOf({ moved, saved, left: total - done, seconds: (clock.now() - begun) / 1000 });
    progress({ what, done, total: total === 0 ? null : total, unit: 'bytes', ...(note === '' ? {} : { note }) });
  };
}

interface Count {
  readonly moved: number;
  readonly saved: number;
  readonly left: number;
  readonly seconds: number;
}

/** What is left may have to travel or not: the time is what it takes when it is as what came so far. */
function noteOf({ moved, saved, left, seconds }: Count): string {
  const parts = saved > 0 ? [`${megabytes(saved)} MB not sent`] : [];
  if (moved > 0 && seconds >= 1) parts.push(`${megabytes(moved / seconds)} MB/s`);
  const secondsLeft = (left * seconds) / (moved + saved);
  if (seconds >= 1 && left > 0 && moved + saved > 0) parts.push(`${formatSeconds(secondsLeft)} left`);
  return parts.join(', ');
}

function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
