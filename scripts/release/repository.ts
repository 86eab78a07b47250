/**
 * Returns `owner/name` of a repository: as it is written, or from the address of a remote.
 * @throws Error when neither says it
 */
export function repositoryName(given: string | undefined, remote: string | null): string {
  const name = given ?? (remote === null ? undefined : /([^/:]+\/[^/]+?)(?:\.git)?\/?$/.exec(remote)?.[1]);
  if (name === undefined || !/^[\w.-]+\/[\w.-]+$/.test(name)) {
    const what = given === undefined ? `the remote origin (${remote ?? 'there is none'})` : `--repository ${given}`;
    throw new Error(`${what} does not say which repository this is: give --repository OWNER/NAME`);
  }
  return name;
}
