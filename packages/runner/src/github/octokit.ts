// Imported only when a runner at GitHub is used: starting tagflow does not load it.
export { Octokit } from '@octokit/rest';
