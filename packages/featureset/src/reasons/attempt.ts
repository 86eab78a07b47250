/**
 * Returns which files of a job's folder tell of one attempt: not the logs and results of its other attempts, nor the
 * notes about them. What a job writes elsewhere in its folder is of all of them.
 * @param log the attempt's own log, such as `job.log` or `job-2.log`
 */
export function isOfAttempt(log: string): (file: string) => boolean {
  const stem = log.replace(/\.log$/, '');
  const results = `${stem.replace(/^job/, 'results')}/`;
  // The steps of an attempt have logs of their own: job-2.01-install-deps.log.
  const isOwn = (file: string): boolean =>
    file === log || (file.startsWith(`${stem}.`) && /^\d\d-[^/]*\.log$/.test(file.slice(stem.length + 1)));
  return (file) =>
    isOwn(file) || file.startsWith(results) || !/^(job(-\d+)?\.([^/]*\.)?(log|json)(\.|$)|results(-\d+)?\/)/.test(file);
}
