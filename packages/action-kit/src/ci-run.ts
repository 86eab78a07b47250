/**
 * Returns the address of the CI run that this process is part of, undefined outside one.
 * GitHub's variables: docs.github.com, «Default environment variables»; act sets them as well.
 */
export function ciRunUrl(env: (name: string) => string | undefined): string | undefined {
  const [server, repository, run] = ['GITHUB_SERVER_URL', 'GITHUB_REPOSITORY', 'GITHUB_RUN_ID'].map(env);
  if (server === undefined || repository === undefined || run === undefined) return undefined;
  return URL.canParse(server) ? `${server}/${repository}/actions/runs/${run}` : undefined;
}
