import { escapeHtml } from '../http-server.ts';
import { type AggregateVoteRow, type CommitRow, directoryOf, type DlrnState, type VoteRow } from './state.ts';

/** Returns the static page of builds, newest first, as it lies at the top of a repository tree. */
export function reportPage(state: DlrnState): string {
  const rows = state.commits.toReversed().map((row) => {
    const time = new Date(row.builtAt * 1000).toISOString();
    const cells = [time, row.project, row.component ?? '', row.commitHash, row.status].map(cell).join('');
    return `<tr class="${row.status.toLowerCase()}">${cells}<td><a href="${directoryOf(row)}">repo</a></td></tr>`;
  });
  return page(`DLRN ${state.builder}`, ['built', 'project', 'component', 'commit', 'status', ''], rows);
}

/** Returns the page that lists votes. */
export function votesPage(title: string, votes: readonly (VoteRow | AggregateVoteRow)[]): string {
  const rows = votes.map((vote) => {
    const subject = 'commit' in vote ? shortName(vote.commit) : vote.aggregateHash;
    const result = vote.inProgress ? 'in progress' : vote.success ? 'success' : 'failure';
    return `<tr>${[subject, vote.job, result, vote.url, vote.notes].map(cell).join('')}</tr>`;
  });
  return page(title, ['hash', 'job', 'result', 'log', 'notes'], rows);
}

function shortName(row: CommitRow): string {
  return `${row.commitHash}_${row.distroHash.slice(0, 8)}`;
}

function cell(text: string | null): string {
  return `<td>${escapeHtml(text ?? '')}</td>`;
}

function page(title: string, heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((text) => `<th>${text}</th>`).join('');
  return (
    `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>${escapeHtml(title)}</title>\n` +
    `<h1>${escapeHtml(title)}</h1>\n<table>\n<tr>${head}</tr>\n${rows.join('\n')}\n</table>\n</html>\n`
  );
}
